import { describe, expect, test } from "bun:test";
import { LIMITS } from "../../src/limits.ts";
import { fakePool } from "../support/fake-pool.ts";
import { fakeTimers } from "../support/fake-timers.ts";

const pass = fakeTimers();

const TIMEOUT = 1_000;
const passTimeout = () => pass(TIMEOUT + LIMITS.deadlineInterval);

describe("a waiter of connectionPool()", () => {
  test("times out after connectTimeout, and not before", () => {
    const { ask, notes } = fakePool(TIMEOUT);
    ask("a");
    pass(TIMEOUT - LIMITS.deadlineInterval);
    ask("b");
    expect(notes).toEqual([]);
    pass(2 * LIMITS.deadlineInterval);
    expect(notes).toEqual(["a: connect_timeout"]);
    pass(TIMEOUT);
    expect(notes).toEqual(["a: connect_timeout", "b: connect_timeout"]);
  });

  test("does not time out once it has left the queue, however it did", () => {
    const { ask, cancel, opened, notes } = fakePool(TIMEOUT);
    for (const name of ["a", "b", "c"]) ask(name);
    opened[0]?.open();
    opened[1]?.fail("refused");
    cancel("c");
    passTimeout();
    expect(notes).toEqual(["a has 0", "b: refused"]);
  });

  test("that times out cancels its attempt if possible, and no other waiter receives the fault", () => {
    const { ask, opened, notes } = fakePool(TIMEOUT);
    ask("a");
    for (const connection of opened) connection.canCancel = true;
    pass(TIMEOUT / 2);
    ask("b");
    pass(TIMEOUT / 2 + LIMITS.deadlineInterval);
    expect([notes, opened.map(({ state }) => state)]).toEqual([
      ["a: connect_timeout"],
      ["closed", "opening"],
    ]);
    opened[1]?.open();
    expect(notes).toEqual(["a: connect_timeout", "b has 1"]);
  });
});

describe("a timed-out attempt of connectionPool()", () => {
  test("no longer counts as one of a waiter: the next waiter starts its own", () => {
    const { ask, opened, notes } = fakePool(TIMEOUT);
    ask("a");
    passTimeout();
    ask("b");
    expect(opened).toHaveLength(2);
    // No waiter receives its fault.
    opened[0]?.fail("refused");
    expect(notes).toEqual(["a: connect_timeout"]);
    opened[1]?.open();
    expect([notes, opened.length]).toEqual([["a: connect_timeout", "b has 1"], 2]);
  });

  test("that opens after all serves a waiter, or stays idle", () => {
    const { ask, acquire, opened, notes } = fakePool(TIMEOUT);
    ask("a");
    ask("b");
    passTimeout();
    ask("c");
    opened[0]?.open();
    expect(notes.slice(2)).toEqual(["c has 0"]);
    opened[1]?.open();
    expect([acquire("new"), acquire(), opened.length]).toEqual([1, null, 3]);
  });

  test("counts towards max until it ends", () => {
    const { ask, opened, notes } = fakePool(TIMEOUT, 2);
    ask("a");
    ask("b");
    passTimeout();
    ask("c");
    expect(opened).toHaveLength(2);
    opened[0]?.fail("refused");
    expect(opened).toHaveLength(3);
    ask("d");
    expect(opened).toHaveLength(3);
    opened[1]?.open();
    expect([notes.slice(2), opened.length]).toEqual([["c has 1"], 3]);
    opened[2]?.open();
    expect([notes.slice(2), opened.length]).toEqual([["c has 1", "d has 2"], 3]);
  });

  test("that fills max does not keep the next waiter from timing out", () => {
    const { ask, opened, notes } = fakePool(TIMEOUT, 1);
    ask("a");
    passTimeout();
    ask("b");
    passTimeout();
    expect([notes, opened.length]).toEqual([["a: connect_timeout", "b: connect_timeout"], 1]);
    opened[0]?.open();
    expect(ask("c")).toBe(0);
  });
});
