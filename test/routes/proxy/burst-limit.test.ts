import { afterAll, afterEach, expect, spyOn, test } from "bun:test";
import { burstLimit, type Pass } from "../../../src/routes/proxy/burst-limit.ts";

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

/** A burstLimit, and the names of those that passed in order. */
function made(max: number, age: number) {
  const gate = burstLimit(max, age);
  const passed: string[] = [];
  const passes = new Map<string, Pass>();
  const admit = (name: string, pass: Pass) => {
    passed.push(name);
    passes.set(name, pass);
  };
  /** Undefined if the request passes at once. */
  const enter = (name: string) => {
    const entered = gate.enter();
    if (entered instanceof Promise) return entered.then((pass) => admit(name, pass));
    admit(name, entered);
    return undefined;
  };
  const leave = (name: string) => {
    const pass = passes.get(name);
    if (pass === undefined) throw new Error(`${name} did not pass`);
    gate.leave(pass);
  };
  return { enter, leave, passed };
}

const LONG = 100_000;

test("burstLimit() lets a number of requests through at once, and the next in order as they leave", async () => {
  const { enter, leave, passed } = made(2, LONG);
  const waiting = ["a", "b", "c", "d", "e"].map(enter);
  expect(waiting.map((one) => one !== undefined)).toEqual([false, false, true, true, true]);
  leave("b");
  await waiting[2];
  expect(passed).toEqual(["a", "b", "c"]);
  leave("a");
  leave("c");
  await waiting[4];
  expect(passed).toEqual(["a", "b", "c", "d", "e"]);
});

test("burstLimit() lets no further request through for one that has left already", async () => {
  const { enter, leave, passed } = made(1, LONG);
  void enter("a");
  const waiting = ["b", "c"].map(enter);
  leave("a");
  leave("a");
  await waiting[0];
  expect(passed).toEqual(["a", "b"]);
  leave("b");
  await waiting[1];
});

test("burstLimit() lets the next one through when a request gets old, so that long requests block no others", async () => {
  const { enter, leave, passed } = made(1, 10);
  const waiting = ["a", "b", "c"].map(enter);
  await waiting[2];
  expect(passed).toEqual(["a", "b", "c"]);
  // They take no place any more.
  leave("a");
  leave("b");
  await enter("d");
  expect(passed).toEqual(["a", "b", "c", "d"]);
});

test("burstLimit() does not count old requests, without a timer", async () => {
  const { enter, passed } = made(1, 1);
  void enter("a");
  await Bun.sleep(5);
  expect(enter("b")).toBeUndefined();
  expect(passed).toEqual(["a", "b"]);
  expect(started).not.toHaveBeenCalled();
});

test("burstLimit() has one timer, while requests wait", async () => {
  const { enter } = made(1, 10);
  await Promise.all(["a", "b", "c"].map(enter));
  expect(started).toHaveBeenCalledTimes(1);
  while (stopped.mock.calls.length === 0) await Bun.sleep(1);
  await Promise.all(["d", "e"].map(enter));
  expect(started).toHaveBeenCalledTimes(2);
  while (stopped.mock.calls.length < 2) await Bun.sleep(1);
});
