import { expect, test } from "bun:test";
import { keepAlive, type ConnectionInfo } from "../../src/http/keep-alive.ts";

const REQUEST = new Request("http://localhost/");
const OPTIONS = { turnRequests: 3, turnTime: 8, idleSeconds: 5, descriptorsShort: () => false };

/** A connection whose other end has this port, null for a Unix socket, and what was set on it. */
function connectionFrom(port: number | null) {
  const timeouts: number[] = [];
  const connection: ConnectionInfo = {
    requestIP: () => (port === null ? null : { address: "192.0.2.1", port }),
    timeout: (_, seconds) => void timeouts.push(seconds),
    upgrade: () => false,
    pendingRequests: 1,
  };
  return { connection, timeouts };
}

const endOfTurn = () => new Promise((resolve) => setImmediate(resolve));

/** The reason for each of these requests, all in one turn: the time it begins at, and the port it comes from. */
function reasons(
  kept: ReturnType<typeof keepAlive>,
  requests: readonly (readonly [number, number | null])[],
) {
  return requests.map(([now, port]) => {
    kept.count(now);
    return kept.closeReason(REQUEST, connectionFrom(port).connection, false);
  });
}

test("keepAlive() closes a connection at its second request in a row once a turn is used up", async () => {
  const kept = keepAlive(OPTIONS);
  const same = Array.from({ length: 5 }, () => [0, 1] as const);
  expect(reasons(kept, same)).toEqual([null, null, null, null, "pipelining"]);
  await endOfTurn();
  expect(reasons(kept, same)).toEqual([null, null, null, null, "pipelining"]);
});

test("keepAlive() keeps clients that wait for each answer, however many there are in a turn", () => {
  const others = Array.from({ length: 50 }, (_, index) => [0, 1000 + (index % 10)] as const);
  expect(new Set(reasons(keepAlive(OPTIONS), others))).toEqual(new Set([null]));
});

test("keepAlive() takes a turn for used up after its time, too", () => {
  const slow = [0, 4, 8, 8.1, 8.2].map((now) => [now, 1] as const);
  expect(reasons(keepAlive({ ...OPTIONS, turnRequests: 100 }), slow)).toEqual([
    ...[null, null, null, null],
    "pipelining",
  ]);
});

test("keepAlive() takes all clients of a Unix socket for one", () => {
  const unix = Array.from({ length: 4 }, () => [0, null] as const);
  expect(reasons(keepAlive(OPTIONS), unix)).toEqual([null, null, null, "pipelining"]);
});

test("keepAlive() lets a connection that stays open idle for a short time only", () => {
  const { connection, timeouts } = connectionFrom(1);
  const kept = keepAlive(OPTIONS);
  kept.count(0);
  expect(kept.closeReason(REQUEST, connection, false)).toBeNull();
  expect(timeouts).toEqual([5]);
});

test("keepAlive() closes every connection while descriptors are short", () => {
  let short = true;
  const kept = keepAlive({ ...OPTIONS, descriptorsShort: () => short });
  expect(reasons(kept, [[0, 1]])).toEqual(["descriptors"]);
  short = false;
  expect(reasons(kept, [[0, 1]])).toEqual([null]);
});

test("keepAlive() shortens the time of a connection that closes, too: in HTTP/2 it does not close", () => {
  const { connection, timeouts } = connectionFrom(1);
  const kept = keepAlive({ ...OPTIONS, descriptorsShort: () => true });
  kept.count(0);
  expect(kept.closeReason(REQUEST, connection, false)).toBe("descriptors");
  expect(timeouts).toEqual([5]);
});

test("keepAlive() leaves the time of an answer whose content is still to come as it is", () => {
  const { connection, timeouts } = connectionFrom(1);
  const kept = keepAlive(OPTIONS);
  kept.count(0);
  expect(kept.closeReason(REQUEST, connection, true)).toBeNull();
  expect(timeouts).toEqual([]);
});
