import { expect, test } from "bun:test";
import { descriptorWatch } from "../../src/server/descriptor-watch.ts";
import { SYSTEM_CLOCK } from "../../src/server/server.ts";
import type { Observation } from "../../src/observations/observation.ts";

/** Watches a number of open descriptors, of at most 100, that a test sets; `next` is the next observation. */
function watched(count: () => number, limit = () => 100) {
  let next = Promise.withResolvers<Observation>();
  let relieved = 0;
  const seen: Observation[] = [];
  const watch = descriptorWatch(
    (observation) => {
      seen.push(observation);
      next.resolve(observation);
      next = Promise.withResolvers();
    },
    SYSTEM_CLOCK,
    () => void (relieved += 1),
    count,
    limit,
  );
  return { watch, seen, next: () => next.promise, relieved: () => relieved };
}

test("descriptorWatch() observes once when descriptors become short and once when there are enough again", async () => {
  let open = 76;
  let looks = 0;
  let looked = Promise.withResolvers<void>();
  const { watch, seen, next, relieved } = watched(() => {
    if ((looks += 1) % 3 === 0) looked.resolve();
    return open;
  });
  expect(watch.short()).toBe(false);
  expect(await next()).toEqual({ kind: "descriptors_short", open: 76, max: 100 });
  expect(watch.short()).toBe(true);
  open = 61;
  await looked.promise;
  looked = Promise.withResolvers();
  expect(watch.short()).toBe(true);
  expect(relieved()).toBeGreaterThan(0);
  open = 60;
  expect(await next()).toEqual({ kind: "descriptors_enough", open: 60, max: 100 });
  expect(watch.short()).toBe(false);
  open = 75;
  const before = relieved();
  looked = Promise.withResolvers();
  await looked.promise;
  expect(watch.short()).toBe(false);
  expect(relieved()).toBe(before);
  expect(seen).toHaveLength(2);
  watch.stop();
});

const missing = () => {
  throw new Error("no such file");
};
test.each([
  ["the number", missing, () => 100],
  ["the limit", () => 1000, missing],
  ["a limit, because there is none,", () => 1000, () => NaN],
])(
  "descriptorWatch() never finds them short where the system does not report %s",
  async (_, count, limit) => {
    const looked = Promise.withResolvers<void>();
    let looks = 0;
    const { watch, seen } = watched(() => {
      if ((looks += 1) === 2) looked.resolve();
      return count();
    }, limit);
    await looked.promise;
    expect(watch.short()).toBe(false);
    expect(seen).toEqual([]);
    watch.stop();
  },
);
