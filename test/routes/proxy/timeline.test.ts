import { describe, expect, test } from "bun:test";
import { deadlines } from "../../../src/routes/proxy/deadlines.ts";
import { Timeline } from "../../../src/routes/proxy/timeline.ts";
import { turnstile, type Pass } from "../../../src/routes/proxy/turnstile.ts";

function keysOf(timeline: Timeline<string>): string[] {
  const keys: string[] = [];
  for (let moment = timeline.first; moment !== null; moment = moment.after) keys.push(moment.key);
  return keys;
}

describe("Timeline", () => {
  test.each([
    ["first", 0, ["b", "c"]],
    ["middle", 1, ["a", "c"]],
    ["last", 2, ["a", "b"]],
  ])("removes the %s, once, and goes on behind the last", (_which, at, left) => {
    const timeline = new Timeline<string>();
    const moments = ["a", "b", "c"].map((key, time) => timeline.add(key, time));
    const removed = moments[at] ?? timeline.add("", 9);
    expect([timeline.remove(removed), timeline.remove(removed)]).toEqual([true, false]);
    timeline.add("d", 3);
    expect({ keys: keysOf(timeline), size: timeline.size }).toEqual({ keys: [...left, "d"], size: 3 });
    expect([removed.before, removed.after]).toEqual([null, null]);
  });

  test("is empty once all are removed, and fills again", () => {
    const timeline = new Timeline<string>();
    timeline.remove(timeline.add("a", 0));
    expect({ keys: keysOf(timeline), size: timeline.size }).toEqual({ keys: [], size: 0 });
    timeline.add("b", 1);
    expect({ keys: keysOf(timeline), size: timeline.size }).toEqual({ keys: ["b"], size: 1 });
  });
});

test("deadlines() calls back for each key that was not removed, in order", async () => {
  const late: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const { add, remove } = deadlines<string>(1, 1, (key) => {
    late.push(key);
    if (key === "last") resolve();
  });
  const [first, done] = [add("first"), add("done"), add("last")];
  remove(done);
  await promise;
  remove(first);
  expect(late).toEqual(["first", "last"]);
});

describe("turnstile()", () => {
  const never = 1e9;
  test("lets as many through as may be young, and the others in their order as these leave", async () => {
    const { enter, leave } = turnstile(2, never);
    const [first, second] = [enter() as Pass, enter() as Pass];
    expect([first instanceof Promise, second instanceof Promise]).toEqual([false, false]);
    const through: string[] = [];
    const wait = async (name: string) => {
      const pass = await enter();
      through.push(name);
      return pass;
    };
    const [third, fourth] = [wait("third"), wait("fourth")];
    leave(first);
    // One that has left makes room once.
    leave(first);
    leave(await third);
    await fourth;
    expect(through).toEqual(["third", "fourth"]);
    leave(second);
    leave(await fourth);
    expect(enter()).not.toBeInstanceOf(Promise);
  });

  test("does not count requests that take long", async () => {
    const { enter } = turnstile(1, 1);
    enter();
    await enter();
    await enter();
    expect(enter()).toBeInstanceOf(Promise);
  });
});
