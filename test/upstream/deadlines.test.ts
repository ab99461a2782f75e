import { afterAll, afterEach, expect, spyOn, test } from "bun:test";
import { deadlines } from "../../src/upstream/deadlines.ts";

const started = spyOn(globalThis, "setInterval");
const stopped = spyOn(globalThis, "clearInterval");
afterEach(() => {
  started.mockClear();
  stopped.mockClear();
});
afterAll(() => {
  started.mockRestore();
  stopped.mockRestore();
});

/** Deadlines, the names of those that were due, and a promise of the next. */
function made(milliseconds: number, interval = 2) {
  const due: string[] = [];
  let wake = () => {};
  const noted = (name: string) => {
    due.push(name);
    wake();
  };
  const times = deadlines(milliseconds, noted, interval);
  const next = () => new Promise<void>((resolve) => (wake = resolve));
  return { ...times, due, next };
}

test("deadlines() calls back once with each key that is not removed in time, in order", async () => {
  const { add, due, next } = made(5);
  const [, b] = [add("a"), add("b"), add("c")];
  b?.remove();
  while (due.length < 2) await next();
  expect(due).toEqual(["a", "c"]);
  // It has passed already.
  b?.remove();
  add("d");
  await next();
  expect(due).toEqual(["a", "c", "d"]);
});

test("deadlines() accepts a key again that was due, also during the callback", async () => {
  const due: string[] = [];
  const again = Promise.withResolvers<void>();
  const noted = (key: string) => {
    due.push(key);
    if (due.length === 1) times.add(key);
    else again.resolve();
  };
  const times = deadlines(2, noted, 2);
  times.add("a");
  await again.promise;
  expect(due).toEqual(["a", "a"]);
});

test("deadlines() has one timer, while it has keys, which doesn't keep the process alive", async () => {
  const { add, due, next } = made(5);
  const [a] = [add("a"), add("b")];
  expect(started).toHaveBeenCalledTimes(1);
  expect((started.mock.results[0]?.value as Timer).hasRef()).toBeFalse();
  a?.remove();
  a?.remove();
  await next();
  while (stopped.mock.calls.length === 0) await Bun.sleep(1);
  add("a");
  expect(started).toHaveBeenCalledTimes(2);
  await next();
  expect(due).toEqual(["b", "a"]);
  while (stopped.mock.calls.length < 2) await Bun.sleep(1);
});
