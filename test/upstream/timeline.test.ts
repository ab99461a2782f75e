import { describe, expect, test } from "bun:test";
import { Timeline } from "../../src/upstream/timeline.ts";

function keysOf(timeline: Timeline<string>): string[] {
  const keys: string[] = [];
  for (let moment = timeline.first; moment !== null; moment = moment.next) keys.push(moment.key);
  return keys;
}

describe("Timeline", () => {
  test.each([
    ["first", 0, ["b", "c"]],
    ["middle", 1, ["a", "c"]],
    ["last", 2, ["a", "b"]],
  ])("removes the %s, once, and appends after the last", (_which, at, left) => {
    const timeline = new Timeline<string>();
    const moments = ["a", "b", "c"].map((key, time) => timeline.add(key, time));
    const removed = moments[at] ?? timeline.add("", 9);
    removed.remove();
    removed.remove();
    timeline.add("d", 3);
    expect(keysOf(timeline)).toEqual([...left, "d"]);
    expect([removed.previous, removed.next]).toEqual([null, null]);
  });

  test("is empty once all are removed, and fills again", () => {
    const timeline = new Timeline<string>();
    timeline.add("a", 0).remove();
    expect(keysOf(timeline)).toEqual([]);
    timeline.add("b", 1);
    expect(keysOf(timeline)).toEqual(["b"]);
  });
});
