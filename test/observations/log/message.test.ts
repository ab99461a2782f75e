import { expect, test } from "bun:test";
import { refusal } from "../../../src/http/refusal.ts";
import { LIMITS } from "../../../src/limits.ts";
import { fields, keptExchangeHead, message } from "../../../src/observations/log/message.ts";
import type { Observation } from "../../../src/observations/observation.ts";
import { exchangeOf } from "../../support/exchange.ts";

const UUID = "df3e6b0b-b66c-8aad-aa4f-84cbc371fd66";
const ended = {
  exchange: exchangeOf(),
  status: 200,
  milliseconds: 0.0534,
} as const;
const known = { ...ended, exchange: exchangeOf({ user: UUID }) };
const no = refusal("token_unknown", "Token doesn't exist");
const caused = no.because(() => "token 1a2b3c4d");

/** A fault whose stack does not depend on the path of this file. */
function fault(text: string, stack: string | undefined): Error {
  const made = new Error(text);
  Object.assign(made, { stack });
  return made;
}

function uncaught(thrown: unknown): string {
  return message({ kind: "uncaught", fault: thrown });
}

test.each<[string, Observation]>([
  [
    "gate 1.2.3 listens on http://[::1]:80 with 2 tokens",
    { kind: "started", name: "gate 1.2.3", url: "http://[::1]:80", tokens: 2 },
  ],
  [
    "gate 1.2.3 listens on http://[::1]:80 with 1 token",
    { kind: "started", name: "gate 1.2.3", url: "http://[::1]:80", tokens: 1 },
  ],
  ["-> Received PING", { kind: "received", what: "PING" }],
  ["GET /ping 200 53 us", { kind: "answered", ...ended }],
  [`GET /ping 200 53 us user ${UUID}`, { kind: "answered", ...known }],
  ["GET /ping 200 1234500 us", { kind: "answered", ...ended, milliseconds: 1234.5 }],
  ["GET /ping 403 53 us: Token doesn't exist", { kind: "refused", ...ended, status: 403, refusal: no }],
  [
    `GET /ping 403 53 us user ${UUID}: Token doesn't exist (token 1a2b3c4d)`,
    { kind: "refused", ...known, status: 403, refusal: caused },
  ],
  [
    `GET /ping 500 53 us user ${UUID}: Error: oops < at a (b.ts:1:2)`,
    { kind: "failed", ...known, status: 500, fault: fault("oops", "Error: oops\n    at a (b.ts:1:2)") },
  ],
  ["Uncaught error outside of any request: thrown: oops", { kind: "uncaught", fault: "oops" }],
  ["Reloaded, with 2 tokens", { kind: "reloaded", tokens: 2 }],
  [
    "server.http.port changed in the file; restart to apply it",
    { kind: "restart_needed", setting: "server.http.port" },
  ],
  ["config.json:1:1: a warning", { kind: "warning", text: "config.json:1:1: a\nwarning" }],
  ["Certificate expires at 2026-11-23T13:02:03.000Z", { kind: "certificate", expires: 1795438923000 }],
  ["config.json:1:1: a problem", { kind: "problem", text: "config.json:1:1: a\nproblem" }],
  ["Reload failed; still using the previous config", { kind: "reload_failed" }],
  [
    "Token store away: sqlite:t.db: no such folder; create it (its tokens are not known yet)",
    { kind: "store_away", problem: "sqlite:t.db: no such folder;\ncreate it", loaded: false },
  ],
  [
    "Token store away: postgres://db/t can't be reached (still using the tokens read from it)",
    { kind: "store_away", problem: "postgres://db/t can't be reached", loaded: true },
  ],
  [
    "Token store sqlite:t.db back after 1.5 s, with 1 token",
    { kind: "store_back", store: "sqlite:t.db", tokens: 1, milliseconds: 1500 },
  ],
  [
    "Token Ab3dE6gH expires at 2026-11-18T09:46:40.000Z",
    { kind: "token_expires", handle: "Ab3dE6gH", expires: 1_794_995_200_000 },
  ],
  ["3 more tokens expire within 14 days", { kind: "tokens_expire", more: 3 }],
  ["1 more token expires within 14 days", { kind: "tokens_expire", more: 1 }],
  [
    `GET /ping 200 53 us user ${UUID}, cut off: token revoked`,
    {
      kind: "answered",
      ...ended,
      exchange: exchangeOf({ user: UUID, withdrawn: "revoked", aborted: true }),
    },
  ],
  [
    "/run/secrets/a b is missing; still using what was read from it (removing a file revokes no token: replace it, or remove it from the config)",
    { kind: "file_missing", file: "/run/secrets/a\nb" },
  ],
  [
    "SIGTERM: stopping in 0.5 s, asking clients to leave",
    { kind: "draining", signal: "SIGTERM", milliseconds: 500 },
  ],
  ["SIGTERM: stopping, 1 request in flight", { kind: "stopping", signal: "SIGTERM", inFlight: 1 }],
  ["SIGINT: stopping, 0 requests in flight", { kind: "stopping", signal: "SIGINT", inFlight: 0 }],
  ["SIGINT: ended at once, 2 requests in flight", { kind: "ended", signal: "SIGINT", inFlight: 2 }],
  ["1 more refusal: Token doesn't exist", { kind: "refusals_counted", refusal: no, count: 1, clients: [] }],
  [
    "7 more refusals: Token doesn't exist, most from 192.0.2.1 (4), ::1 (2)",
    {
      kind: "refusals_counted",
      refusal: caused,
      count: 7,
      clients: [
        { value: "192.0.2.1", count: 4 },
        { value: "::1", count: 2 },
      ],
    },
  ],
  ["Stopped", { kind: "stopped", cut: 0 }],
  ["Stopped, 2 requests cut off", { kind: "stopped", cut: 2 }],
  [
    "97 of 128 file descriptors are open: connections without a user or to an upstream now close after their answer",
    { kind: "descriptors_short", open: 97, max: 128 },
  ],
  [
    "76 of 128 file descriptors are open: connections without a user or to an upstream stay open again",
    { kind: "descriptors_enough", open: 76, max: 128 },
  ],
  ["1 log line dropped: the output was full, closed or too slow", { kind: "lines_dropped", lines: 1 }],
  ["7 log lines dropped: the output was full, closed or too slow", { kind: "lines_dropped", lines: 7 }],
])("message() says %j", (text, observation) => {
  expect(message(observation)).toBe(text);
});

test("keptExchangeHead() follows every change of method, route and status", () => {
  const head = keptExchangeHead();
  for (const method of ["GET", "POST", "GET"])
    for (const route of ["/ping", null, "/files/*", "/ping"])
      for (const status of [200, 200, 404]) {
        const answered = {
          kind: "answered",
          ...ended,
          exchange: exchangeOf({ method, route }),
          status,
        } as const;
        expect(message(answered, head)).toBe(message(answered));
        expect(message(answered, head)).toBe(`${method} ${route ?? "(unknown path)"} ${status} 53 us`);
      }
});

test("message() cuts a long path", () => {
  const path = `/${"a".repeat(LIMITS.logText)}`;
  const exchange = exchangeOf({ method: "GET", route: path });
  const shown = `/${"a".repeat(LIMITS.logText - 1)}...`;
  expect(message({ kind: "answered", ...ended, exchange })).toBe(`GET ${shown} 200 53 us`);
  expect(fields({ kind: "answered", ...ended, exchange })["path"]).toBe(shown);
});

test("message() shows all of a path that is as long as the limit", () => {
  const path = `/${"a".repeat(LIMITS.logText - 1)}`;
  const exchange = exchangeOf({ method: "GET", route: path });
  expect(message({ kind: "answered", ...ended, exchange })).toBe(`GET ${path} 200 53 us`);
});

test("message() shows a fault and its stack in one line", () => {
  expect(uncaught(fault("one\ntwo", "Error: one\ntwo\n    at a (b.ts:1:2)\n    at c (d.ts:3:4)\n"))).toBe(
    "Uncaught error outside of any request: Error: one < two < at a (b.ts:1:2) < at c (d.ts:3:4)",
  );
});

test("message() names a fault whose stack does not, or that has none", () => {
  expect(uncaught(fault("oops", "    at a (b.ts:1:2)"))).toBe(
    "Uncaught error outside of any request: Error: oops < at a (b.ts:1:2)",
  );
  expect(uncaught(fault("oops", undefined))).toBe("Uncaught error outside of any request: Error: oops");
});

test("message() shows only the type of a thrown value that is neither an error nor a string", () => {
  expect(uncaught(undefined)).toBe("Uncaught error outside of any request: thrown: undefined");
  expect(uncaught(null)).toBe("Uncaught error outside of any request: thrown: null");
  expect(uncaught(Symbol("oops"))).toBe("Uncaught error outside of any request: thrown: symbol");
  expect(uncaught(7)).toBe("Uncaught error outside of any request: thrown: number");
  expect(uncaught(() => "s3cret")).toBe("Uncaught error outside of any request: thrown: function");
  expect(uncaught({ code: 7, in: ["s3cret"] })).toBe("Uncaught error outside of any request: thrown: object");
  expect(uncaught(["s3cret"])).toBe("Uncaught error outside of any request: thrown: object");
  const request = new Request("http://a/?s3cret", { headers: { Authorization: "Token s3cret" } });
  expect(uncaught(request)).toBe("Uncaught error outside of any request: thrown: object");
});

test("message() does not throw for an object that has no string form", () => {
  expect(uncaught(Object.create(null))).toBe("Uncaught error outside of any request: thrown: object");
  const hostile = {
    toString() {
      throw new Error("never called");
    },
  };
  expect(uncaught(hostile)).toBe("Uncaught error outside of any request: thrown: object");
});

test("message() survives a fault that throws when it is read", () => {
  const hostile = fault("oops", undefined);
  Object.defineProperty(hostile, "message", {
    get() {
      throw new Error("s3cret");
    },
  });
  expect(uncaught(hostile)).toBe("Uncaught error outside of any request: a fault that can't be described");
});

test("message() shows no control character of a fault", () => {
  expect(uncaught("a\x00b\x1b[31mc\td\x7fe\x9bf\rg")).toBe(
    "Uncaught error outside of any request: thrown: a b [31mc d e f g",
  );
});

test("message() cuts a long fault", () => {
  const shown = `thrown: ${"a".repeat(LIMITS.logText - "thrown: ".length)}...`;
  expect(uncaught("a".repeat(LIMITS.logText))).toBe(`Uncaught error outside of any request: ${shown}`);
});

test("fields() has a field for each fact of an exchange", () => {
  const facts = {
    method: "GET",
    path: "/ping",
    status: 200,
    bytes_in: 0,
    seconds: 0.000053,
    request_id: "id1",
  };
  expect(fields({ kind: "answered", ...ended })).toEqual(facts);
  expect(fields({ kind: "answered", ...known })).toEqual({ ...facts, user: UUID });
  expect(fields({ kind: "answered", ...ended, milliseconds: 1234.5 })).toEqual({ ...facts, seconds: 1.2345 });
});

test("fields() has the code, the text and the cause of a refusal", () => {
  const facts = {
    method: "GET",
    path: "/ping",
    status: 403,
    bytes_in: 0,
    seconds: 0.000053,
    request_id: "id1",
  };
  const reason = { refusal: "token_unknown", reason: "Token doesn't exist" };
  expect(fields({ kind: "refused", ...ended, status: 403, refusal: no })).toEqual({ ...facts, ...reason });
  expect(fields({ kind: "refused", ...known, status: 403, refusal: caused })).toEqual({
    ...facts,
    ...reason,
    user: UUID,
    cause: "token 1a2b3c4d",
  });
});

test("fields() has the fault of an exchange that failed", () => {
  expect(fields({ kind: "failed", ...ended, status: 500, fault: "oops" })).toEqual({
    method: "GET",
    path: "/ping",
    status: 500,
    bytes_in: 0,
    seconds: 0.000053,
    request_id: "id1",
    fault: "thrown: oops",
  });
});

test("fields() has the message of an observation without an exchange", () => {
  expect(fields({ kind: "stopped", cut: 1 })).toEqual({ message: "Stopped, 1 request cut off" });
  expect(fields({ kind: "uncaught", fault: "oops" })).toEqual({
    message: "Uncaught error outside of any request: thrown: oops",
  });
});
