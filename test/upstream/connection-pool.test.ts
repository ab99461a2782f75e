import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import { LIMITS } from "../../src/limits.ts";
import { fakePool } from "../support/fake-pool.ts";

// They also hold performance.now() (Bun 1.4.5).
beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const pass = (milliseconds: number) => void jest.advanceTimersByTime(milliseconds);

/** A pool with so many connections, whose numbers are in the order in which they became free. */
function withFree(count: number) {
  const made = fakePool();
  for (let number = 0; number < count; number += 1) made.ask(`first ${number}`);
  for (const connection of made.opened) connection.open();
  for (const connection of made.opened) connection.becomeFree();
  made.notes.length = 0;
  return made;
}

describe("connectionPool().take() returns", () => {
  test("the connection that became free last, and opens one only when none is free", () => {
    const { take, opened, notes } = withFree(2);
    expect([take(), take(), take()]).toEqual([1, 0, null]);
    expect([opened.length, notes]).toEqual([3, []]);
  });

  test("any connection, but for what can't be sent twice only one that became free a moment ago", () => {
    const { take, opened } = withFree(2);
    pass(LIMITS.upstreamSafe - 1);
    expect(take("safe")).toBe(1);
    pass(1);
    expect([take("safe"), opened.length]).toEqual([null, 3]);
    expect([take("any"), opened.length]).toEqual([0, 3]);
  });

  test("only one that was never used to who wants a new one", () => {
    const { take, leave, opened } = withFree(1);
    expect([take("new", "a"), opened.length]).toEqual([null, 2]);
    // Nobody uses it: the request has gone, and this attempt could not be ended.
    leave("a");
    opened[1]?.open();
    expect([take("new"), opened.length]).toEqual([1, 2]);
    expect(take("new")).toBeNull();
  });

  test("no connection that has closed", () => {
    const { take, opened } = withFree(3);
    opened[1]?.close();
    opened[2]?.close();
    expect([take(), take()]).toEqual([0, null]);
  });
});

describe("connectionPool() gives a connection", () => {
  test("to the first who waits", () => {
    const { ask, opened, notes } = fakePool();
    for (const name of ["a", "b", "c"]) ask(name);
    for (const number of [2, 0, 1]) opened[number]?.open();
    expect(notes).toEqual(["a has 2", "b has 0", "c has 1"]);
  });

  test("to the first whom it fits", () => {
    const { ask, opened, notes } = withFree(1);
    expect(ask("busy")).toBe(0);
    ask("a", "new");
    ask("b", "safe");
    ask("c");
    opened[0]?.becomeFree();
    expect(notes).toEqual(["b has 0"]);
    opened[1]?.open();
    expect(notes).toEqual(["b has 0", "a has 1"]);
  });

  test("that becomes free while another is opened, and keeps that one", () => {
    const { ask, take, opened, notes } = withFree(1);
    ask("busy");
    ask("a");
    opened[0]?.becomeFree();
    expect(notes).toEqual(["a has 0"]);
    // It serves the next, who needs no other attempt.
    ask("b");
    expect(opened).toHaveLength(2);
    opened[1]?.open();
    expect(notes).toEqual(["a has 0", "b has 1"]);
    ask("c");
    opened[0]?.becomeFree();
    opened[2]?.open();
    expect([take("new"), opened.length]).toEqual([2, 3]);
  });

  test("to nobody after a wait has ended: the connection is kept", () => {
    const { ask, leave, take, opened, notes } = fakePool();
    ask("a");
    leave("a");
    leave("a");
    opened[0]?.open();
    expect([notes, take()]).toEqual([[], 0]);
  });

  test("of an age to nobody: it closes it, so that the address is looked up again", () => {
    const { take, opened } = withFree(2);
    take();
    pass(LIMITS.upstreamRenewal - (performance.now() - (opened[1]?.openedAt ?? 0)));
    opened[1]?.becomeFree();
    expect([opened[1]?.state, take()]).toEqual(["open", 1]);
    pass(1);
    opened[1]?.becomeFree();
    expect(opened[1]?.state).toBe("closed");
    expect(take()).not.toBe(1);
  });
});

describe("connectionPool().leave() ends", () => {
  test("an attempt to connect that nobody needs, if that can be done", () => {
    const { ask, leave, opened, notes } = fakePool();
    for (const name of ["a", "b"]) ask(name);
    for (const connection of opened) connection.canCancel = true;
    leave("b");
    expect(opened.map(({ state }) => state)).toEqual(["closed", "opening"]);
    opened[1]?.open();
    expect([notes, opened.length]).toEqual([["a has 1"], 2]);
  });

  test("no attempt that another needs", () => {
    const { ask, leave, opened, notes } = withFree(1);
    ask("busy");
    ask("a");
    ask("b");
    opened[0]?.becomeFree();
    for (const connection of opened) connection.canCancel = true;
    // Two attempts for one who waits: one of them is too many only now.
    leave("nobody");
    expect(opened.map(({ state }) => state)).toEqual(["open", "opening", "opening"]);
    ask("c");
    leave("b");
    expect(opened.map(({ state }) => state)).toEqual(["open", "closed", "opening"]);
    opened[2]?.open();
    expect(notes).toEqual(["a has 0", "c has 2"]);
  });

  test("nothing where max leaves fewer attempts than there are waits", () => {
    const { ask, leave, opened, notes } = fakePool(5_000, 1);
    ask("a");
    ask("b");
    for (const connection of opened) connection.canCancel = true;
    leave("b");
    expect(opened.map(({ state }) => state)).toEqual(["opening"]);
    opened[0]?.open();
    expect([notes, opened.length]).toEqual([["a has 0"], 1]);
  });
});

describe("connectionPool() passes a fault", () => {
  test("to the first who waits, and lets the others wait for theirs", () => {
    const { ask, opened, notes } = fakePool();
    for (const name of ["a", "b"]) ask(name);
    opened[1]?.fail("refused");
    expect(notes).toEqual(["a: refused"]);
    opened[0]?.open();
    expect([notes, opened.length]).toEqual([["a: refused", "b has 0"], 2]);
  });

  test("to nobody if nobody waits", () => {
    const { ask, leave, take, opened, notes } = fakePool();
    ask("a");
    leave("a");
    opened[0]?.fail("refused");
    expect([notes, take(), opened.length]).toEqual([[], null, 2]);
  });
});

describe("connectionPool() closes what nobody needs for long", () => {
  test("the oldest first, with a timer that runs while there are any", () => {
    const { ask, take, opened } = withFree(1);
    pass(10_000);
    ask("a");
    ask("b");
    opened[1]?.open();
    opened[0]?.becomeFree();
    opened[1]?.becomeFree();
    pass(10_000);
    expect(take()).toBe(1);
    opened[1]?.becomeFree();
    const states = () => opened.map(({ state }) => state);
    expect(jest.getTimerCount()).toBe(1);
    pass(LIMITS.upstreamIdle - 10_000);
    expect(states()).toEqual(["open", "open"]);
    pass(LIMITS.upstreamSweep);
    expect([states(), jest.getTimerCount()]).toEqual([["closed", "open"], 1]);
    pass(10_000);
    expect([states(), jest.getTimerCount()]).toEqual([["closed", "closed"], 0]);
    expect(take()).toBeNull();
    opened[2]?.open();
    opened[2]?.becomeFree();
    pass(LIMITS.upstreamIdle + 2 * LIMITS.upstreamSweep);
    expect([states(), jest.getTimerCount()]).toEqual([["closed", "closed", "closed"], 0]);
  });
});
