import { expect, test } from "bun:test";
import { LIMITS } from "../../src/limits.ts";
import { descriptorWatch } from "../../src/server/descriptor-watch.ts";
import { SYSTEM_CLOCK } from "../../src/server/server.ts";
import type { Observation } from "../../src/observations/observation.ts";
import { fakeTimers } from "../support/fake-timers.ts";

const pass = fakeTimers();

/** Watches a number of open descriptors, of at most 100, that a test sets. */
function watched(count: () => number, limit = () => 100) {
  let relieved = 0;
  const seen: Observation[] = [];
  const observe = (observation: Observation) => void seen.push(observation);
  const watch = descriptorWatch(observe, SYSTEM_CLOCK, () => void (relieved += 1), count, limit);
  return { watch, seen, relieved: () => relieved };
}
const look = () => pass(LIMITS.descriptorInterval);

test("descriptorWatch() observes once when descriptors become short and once when there are enough again", () => {
  let open = 76;
  const { watch, seen, relieved } = watched(() => open);
  expect(watch.short()).toBe(false);
  look();
  const short = { kind: "descriptors_short", open: 76, max: 100 } as const;
  expect([watch.short(), seen]).toEqual([true, [short]]);
  open = 61;
  look();
  look();
  expect([watch.short(), seen]).toEqual([true, [short]]);
  expect(relieved()).toBeGreaterThan(0);
  open = 60;
  look();
  const enough = { kind: "descriptors_enough", open: 60, max: 100 } as const;
  expect([watch.short(), seen]).toEqual([false, [short, enough]]);
  open = 75;
  const before = relieved();
  look();
  expect([watch.short(), seen, relieved()]).toEqual([false, [short, enough], before]);
  watch.stop();
  open = 76;
  look();
  expect(seen).toHaveLength(2);
});

const missing = () => {
  throw new Error("no such file");
};
test.each([
  ["the number", missing, () => 100],
  ["the limit", () => 1000, missing],
  ["a limit, because there is none,", () => 1000, () => NaN],
])("descriptorWatch() never finds them short where the system does not report %s", (_, count, limit) => {
  const { watch, seen } = watched(count, limit);
  look();
  look();
  expect([watch.short(), seen]).toEqual([false, []]);
  watch.stop();
});
