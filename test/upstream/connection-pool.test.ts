import { describe, expect, jest, test } from "bun:test";
import { LIMITS } from "../../src/limits.ts";
import { fakePool } from "../support/fake-pool.ts";
import { fakeTimers } from "../support/fake-timers.ts";

const pass = fakeTimers();

/** A pool with this many idle connections, numbered in the order in which they became idle. */
function withIdle(count: number) {
  const made = fakePool();
  for (let number = 0; number < count; number += 1) made.ask(`first ${number}`);
  for (const connection of made.opened) connection.open();
  for (const connection of made.opened) connection.becomeIdle();
  made.notes.length = 0;
  return made;
}

/** Milliseconds of CPU time that this takes: no other clock moves while the timers are stopped. */
function cpuTime(act: () => void): number {
  const before = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const MANY = 20_000;

describe("connectionPool().acquire() returns", () => {
  test("the connection that became idle last, and opens one only if none is idle", () => {
    const { acquire, opened, notes } = withIdle(2);
    expect([acquire(), acquire(), acquire()]).toEqual([1, 0, null]);
    expect([opened.length, notes]).toEqual([3, []]);
  });

  test("any connection, but only one that became idle a moment ago for a request that can't be retried", () => {
    const { acquire, opened } = withIdle(2);
    pass(LIMITS.upstreamFresh - 1);
    expect(acquire("fresh")).toBe(1);
    pass(1);
    expect([acquire("fresh"), opened.length]).toEqual([null, 3]);
    expect([acquire("any"), opened.length]).toEqual([0, 3]);
  });

  test("only a connection that was never used, if a new one is required", () => {
    const { acquire, cancel, opened } = withIdle(1);
    expect([acquire("new", "a"), opened.length]).toEqual([null, 2]);
    // The request has left, but its attempt could not be cancelled: the connection stays unused.
    cancel("a");
    opened[1]?.open();
    expect([acquire("new"), opened.length]).toEqual([1, 2]);
    expect(acquire("new")).toBeNull();
  });

  test("no connection that has closed", () => {
    const { acquire, opened } = withIdle(3);
    opened[1]?.close();
    opened[2]?.close();
    expect([acquire(), acquire()]).toEqual([0, null]);
  });
});

describe("connectionPool() hands a connection", () => {
  test("to the first waiter", () => {
    const { ask, opened, notes } = fakePool();
    for (const name of ["a", "b", "c"]) ask(name);
    for (const number of [2, 0, 1]) opened[number]?.open();
    expect(notes).toEqual(["a has 2", "b has 0", "c has 1"]);
  });

  test("to the first waiter that may use it", () => {
    const { ask, opened, notes } = withIdle(1);
    expect(ask("busy")).toBe(0);
    ask("a", "new");
    ask("b", "fresh");
    ask("c");
    opened[0]?.becomeIdle();
    expect(notes).toEqual(["b has 0"]);
    opened[1]?.open();
    expect(notes).toEqual(["b has 0", "a has 1"]);
  });

  test("that becomes idle to a waiter while its own opens, and keeps that one idle", () => {
    const { ask, acquire, opened, notes } = withIdle(1);
    ask("busy");
    ask("a");
    opened[0]?.becomeIdle();
    expect(notes).toEqual(["a has 0"]);
    // The attempt serves the next waiter, which starts none.
    ask("b");
    expect(opened).toHaveLength(2);
    opened[1]?.open();
    expect(notes).toEqual(["a has 0", "b has 1"]);
    ask("c");
    opened[0]?.becomeIdle();
    opened[2]?.open();
    expect([acquire("new"), opened.length]).toEqual([2, 3]);
  });

  test("to no waiter that was cancelled, and keeps it idle", () => {
    const { ask, cancel, acquire, opened, notes } = fakePool();
    ask("a");
    cancel("a");
    cancel("a");
    opened[0]?.open();
    expect([notes, acquire()]).toEqual([[], 0]);
  });

  test("over the maximum age to none: it closes it, so that the address is looked up again", () => {
    const { acquire, opened } = withIdle(2);
    acquire();
    pass(LIMITS.upstreamMaxAge - (performance.now() - (opened[1]?.openedAt ?? 0)));
    opened[1]?.becomeIdle();
    expect([opened[1]?.state, acquire()]).toEqual(["open", 1]);
    pass(1);
    opened[1]?.becomeIdle();
    expect(opened[1]?.state).toBe("closed");
    expect(acquire()).not.toBe(1);
  });
});

describe("connectionPool().cancel() cancels", () => {
  test("an attempt that no waiter needs, if that is possible", () => {
    const { ask, cancel, opened, notes } = fakePool();
    for (const name of ["a", "b"]) ask(name);
    for (const connection of opened) connection.canCancel = true;
    cancel("b");
    expect(opened.map(({ state }) => state)).toEqual(["closed", "opening"]);
    opened[1]?.open();
    expect([notes, opened.length]).toEqual([["a has 1"], 2]);
  });

  test("no attempt that another waiter needs", () => {
    const { ask, cancel, opened, notes } = withIdle(1);
    ask("busy");
    ask("a");
    ask("b");
    opened[0]?.becomeIdle();
    for (const connection of opened) connection.canCancel = true;
    // Two attempts are open for one waiter, but an unknown waiter changes nothing.
    cancel("nobody");
    expect(opened.map(({ state }) => state)).toEqual(["open", "opening", "opening"]);
    ask("c");
    cancel("b");
    expect(opened.map(({ state }) => state)).toEqual(["open", "closed", "opening"]);
    opened[2]?.open();
    expect(notes).toEqual(["a has 0", "c has 2"]);
  });

  test("no attempt if max allows fewer of them than there are waiters", () => {
    const { ask, cancel, opened, notes } = fakePool(5_000, 1);
    ask("a");
    ask("b");
    for (const connection of opened) connection.canCancel = true;
    cancel("b");
    expect(opened.map(({ state }) => state)).toEqual(["opening"]);
    opened[0]?.open();
    expect([notes, opened.length]).toEqual([["a has 0"], 1]);
  });
});

test("connectionPool() takes little time when many waiters time out, or are cancelled, at once", () => {
  const { ask, cancel, notes } = fakePool(5_000, MANY);
  const askAll = () => {
    for (let number = 0; number < MANY; number += 1) ask(`${number}`);
  };
  askAll();
  expect(cpuTime(() => pass(5_050))).toBeLessThan(500);
  expect(notes).toHaveLength(MANY);
  askAll();
  const cancelAll = () => {
    for (let number = MANY; number > 0; number -= 1) cancel(`${number - 1}`);
  };
  expect(cpuTime(cancelAll)).toBeLessThan(500);
  pass(5_050);
  expect(notes).toHaveLength(MANY);
});

describe("connectionPool() passes a fault", () => {
  test("to the first waiter, and leaves the others in the queue", () => {
    const { ask, opened, notes } = fakePool();
    for (const name of ["a", "b"]) ask(name);
    opened[1]?.fail("refused");
    expect(notes).toEqual(["a: refused"]);
    opened[0]?.open();
    expect([notes, opened.length]).toEqual([["a: refused", "b has 0"], 2]);
  });

  test("to none if the queue is empty", () => {
    const { ask, cancel, acquire, opened, notes } = fakePool();
    ask("a");
    cancel("a");
    opened[0]?.fail("refused");
    expect([notes, acquire(), opened.length]).toEqual([[], null, 2]);
  });
});

describe("connectionPool() closes connections that are idle for too long", () => {
  test("the oldest first, with a timer that runs while any are idle", () => {
    const { ask, acquire, opened } = withIdle(1);
    pass(10_000);
    ask("a");
    ask("b");
    opened[1]?.open();
    opened[0]?.becomeIdle();
    opened[1]?.becomeIdle();
    pass(10_000);
    expect(acquire()).toBe(1);
    opened[1]?.becomeIdle();
    const states = () => opened.map(({ state }) => state);
    expect(jest.getTimerCount()).toBe(1);
    pass(LIMITS.upstreamIdle - 10_000);
    expect(states()).toEqual(["open", "open"]);
    pass(LIMITS.upstreamSweepInterval);
    expect([states(), jest.getTimerCount()]).toEqual([["closed", "open"], 1]);
    pass(10_000);
    expect([states(), jest.getTimerCount()]).toEqual([["closed", "closed"], 0]);
    expect(acquire()).toBeNull();
    opened[2]?.open();
    opened[2]?.becomeIdle();
    pass(LIMITS.upstreamIdle + 2 * LIMITS.upstreamSweepInterval);
    expect([states(), jest.getTimerCount()]).toEqual([["closed", "closed", "closed"], 0]);
  });
});

describe("connectionPool() closes, while descriptors are short,", () => {
  /** A pool with two idle connections, and descriptors that become short when the test says so. */
  function idleThenShort() {
    let short = false;
    const made = fakePool(5_000, 100, () => short);
    for (const name of ["a", "b"]) made.ask(name);
    for (const connection of made.opened) connection.open();
    for (const connection of made.opened) connection.becomeIdle();
    const states = () => made.opened.map(({ state }) => state);
    return { ...made, states, becomeShort: (now: boolean) => void (short = now) };
  }

  test("all idle connections at the next sweep", () => {
    const { states, becomeShort, acquire } = idleThenShort();
    pass(LIMITS.upstreamSweepInterval);
    expect(states()).toEqual(["open", "open"]);
    becomeShort(true);
    pass(LIMITS.upstreamSweepInterval);
    expect([states(), jest.getTimerCount()]).toEqual([["closed", "closed"], 0]);
    expect(acquire()).toBeNull();
  });

  test("a connection that becomes idle or opens when no request waits, and no other", () => {
    const { ask, acquire, cancel, opened, notes, states, becomeShort } = idleThenShort();
    becomeShort(true);
    // One that is idle until the next sweep still serves a request.
    expect([acquire(), acquire()]).toEqual([1, 0]);
    notes.length = 0;
    ask("c");
    opened[0]?.becomeIdle();
    expect([notes, states()]).toEqual([["c has 0"], ["open", "open", "opening"]]);
    opened[0]?.becomeIdle();
    opened[2]?.open();
    expect(states()).toEqual(["closed", "open", "closed"]);
    ask("d");
    cancel("d");
    opened[3]?.open();
    expect(states()).toEqual(["closed", "open", "closed", "closed"]);
    becomeShort(false);
    opened[1]?.becomeIdle();
    expect([states()[1], acquire()]).toEqual(["open", 1]);
  });
});
