import { expect, test } from "bun:test";
import { REFUSAL_STATUS, refusal, type RefusalCode } from "../../../src/http/refusal.ts";
import { LEVELS, type LoggerLevel } from "../../../src/observations/log/levels.ts";
import { DENIALS, logLine, type LogOptions } from "../../../src/observations/log/log.ts";
import type { Observation } from "../../../src/observations/observation.ts";
import { exchangeOf } from "../../support/exchange.ts";

const UUID = "df3e6b0b-b66c-8aad-aa4f-84cbc371fd66";
const ended = {
  exchange: exchangeOf({ user: UUID }),
  status: 200,
  milliseconds: 0.053,
} as const;

function refused(code: RefusalCode): Observation {
  return { kind: "refused", ...ended, status: REFUSAL_STATUS[code], refusal: refusal(code, "No") };
}

const OTHER_REFUSALS = (Object.keys(REFUSAL_STATUS) as RefusalCode[]).filter((code) => !DENIALS.has(code));

const PLACES: readonly [string, string, Observation][] = [
  [
    "a start",
    "{server_logger}: INFO: gate",
    { kind: "started", name: "gate", url: "http://[::1]:80", tokens: 2 },
  ],
  ["a request received", "{server_logger}: DEBUG: -> Received PING", { kind: "received", what: "PING" }],
  ["an answer", "{server_logger.access}: INFO: GET /ping 200", { kind: "answered", ...ended }],
  [
    "an answer to a monitor",
    "{server_logger.access}: DEBUG: GET /healthz 200",
    { kind: "answered", ...ended, exchange: exchangeOf({ route: "/healthz", isProbe: true }) },
  ],
  [
    "a failure",
    "{server_logger.access}: ERROR: GET /ping 500",
    { kind: "failed", ...ended, status: 500, fault: "oops" },
  ],
  ["a reload", "{server_logger}: INFO: Reloaded", { kind: "reloaded", tokens: 1 }],
  [
    "a setting that needs a restart",
    "{server_logger}: WARNING: server.http.host changed in the file",
    { kind: "restart_needed", setting: "server.http.host" },
  ],
  ["a warning", "{server_logger}: WARNING: config.json", { kind: "warning", text: "config.json:1:1: x" }],
  ["a certificate", "{server_logger}: INFO: Certificate expires", { kind: "certificate", expires: 0 }],
  ["a problem", "{server_logger}: ERROR: config.json", { kind: "problem", text: "config.json:1:1: x" }],
  ["a reload that failed", "{server_logger}: ERROR: Reload failed", { kind: "reload_failed" }],
  ["a file that is missing", "{server_logger}: WARNING: /a is missing", { kind: "file_missing", file: "/a" }],
  [
    "a drain",
    "{server_logger}: INFO: SIGTERM: stopping in 1 s",
    { kind: "draining", signal: "SIGTERM", milliseconds: 1000 },
  ],
  [
    "an end at once",
    "{server_logger}: WARNING: SIGINT: ended at once",
    { kind: "ended", signal: "SIGINT", inFlight: 2 },
  ],
  ["an uncaught error", "{server_logger}: ERROR: Uncaught error", { kind: "uncaught", fault: "oops" }],
  [
    "a stop under way",
    "{server_logger}: INFO: SIGTERM",
    { kind: "stopping", signal: "SIGTERM", inFlight: 0 },
  ],
  ["a stop", "{server_logger}: INFO: Stopped\n", { kind: "stopped", cut: 0 }],
  ["a stop that cut a request off", "{server_logger}: ERROR: Stopped, 1", { kind: "stopped", cut: 1 }],
  ["dropped lines", "{server_logger}: WARNING: 1 log line dropped", { kind: "lines_dropped", lines: 1 }],
  [
    "refusals of token auth that are counted",
    "{server_logger.auth}: WARNING: 2 more refusals: No",
    { kind: "refusals_counted", refusal: refusal("token_unknown", "No"), count: 2, clients: [] },
  ],
  [
    "other refusals that are counted",
    "{server_logger.access}: WARNING: 2 more refusals: No",
    { kind: "refusals_counted", refusal: refusal("route_unknown", "No"), count: 2, clients: [] },
  ],
  [
    "few descriptors left",
    "{server_logger}: WARNING: 97 of 128 file descriptors",
    { kind: "descriptors_short", open: 97, max: 128 },
  ],
  [
    "enough descriptors",
    "{server_logger}: INFO: 76 of 128 file descriptors",
    { kind: "descriptors_enough", open: 76, max: 128 },
  ],
  ...[...DENIALS].map((code): [string, string, Observation] => [
    code,
    "{server_logger.auth}: WARNING: GET",
    refused(code),
  ]),
  ...OTHER_REFUSALS.map((code): [string, string, Observation] => [
    code,
    "{server_logger.access}: WARNING: GET",
    refused(code),
  ]),
];

const ALL: readonly LoggerLevel[] = [{ logger: "server_logger", level: "DEBUG" }];

function line(options: Partial<LogOptions>, observation: Observation, now = 0): string | null {
  return logLine({ levels: ALL, format: "text", ...options }, { now: () => now })(observation);
}

test("logLine() writes a text line in the seed's form", () => {
  const now = new Date(2026, 10, 23, 13, 2, 3, 456).getTime();
  expect(line({}, { kind: "answered", ...ended }, now)).toBe(
    `[2026-11-23 PM 01:02:03.456] p${process.pid} {server_logger.access}: INFO: ` +
      `GET /ping 200 53 us user ${UUID}\n`,
  );
});

test("logLine() writes a JSON line with a field for each fact", () => {
  const now = Date.UTC(2026, 10, 23, 13, 2, 3, 456);
  expect(line({ format: "json" }, { kind: "answered", ...ended }, now)).toBe(
    `{"time":"2026-11-23T13:02:03.456Z","pid":${process.pid},"logger":"server_logger.access","level":"INFO",` +
      `"method":"GET","path":"/ping","status":200,"bytes_in":0,"seconds":0.000053,"request_id":"id1","user":"${UUID}"}\n`,
  );
  expect(line({ format: "json" }, { kind: "stopped", cut: 0 }, now)).toBe(
    `{"time":"2026-11-23T13:02:03.456Z","pid":${process.pid},"logger":"server_logger","level":"INFO",` +
      `"message":"Stopped"}\n`,
  );
});

test.each(PLACES)("logLine() gives %s its logger and its level", (_name, place, observation) => {
  expect(line({}, observation)).toContain(`] p${process.pid} ${place}`);
  const [logger, level] = place.slice(1).split(/}?: /);
  const json: unknown = JSON.parse(line({ format: "json" }, observation) ?? "");
  expect(json).toMatchObject({ logger, level });
});

test.each(PLACES)("logLine() returns null for %s below the minimum level", (_name, place, observation) => {
  const level = place.split(": ")[1];
  const least = LEVELS.find((_, index) => LEVELS[index - 1] === level);
  if (least === undefined) throw new Error(`nothing is above ${level}`);
  expect(line({ levels: [{ logger: "server_logger", level: least }] }, observation)).toBeNull();
  expect(
    line({ levels: [{ logger: "server_logger", level: least }], format: "json" }, observation),
  ).toBeNull();
});

test("logLine() holds DEBUG back by default", () => {
  expect(line({ levels: [] }, { kind: "received", what: "PING" })).toBeNull();
  expect(line({ levels: [] }, { kind: "stopped", cut: 0 })).toEndWith(": INFO: Stopped\n");
});

test("logLine() holds a logger back and not the others", () => {
  const levels: LoggerLevel[] = [{ logger: "server_logger.auth", level: "ERROR" }];
  expect(line({ levels }, refused("token_unknown"))).toBeNull();
  expect(line({ levels }, refused("route_unknown"))).toContain("{server_logger.access}: WARNING: ");
});

test("logLine() reads the clock for each line it makes, and for no other", () => {
  let asked = 0;
  const make = logLine({ levels: [], format: "json" }, { now: () => (asked += 1) });
  expect(make({ kind: "received", what: "PING" })).toBeNull();
  expect(make({ kind: "stopped", cut: 0 })).toStartWith('{"time":"1970-01-01T00:00:00.001Z",');
  expect(make({ kind: "stopped", cut: 0 })).toStartWith('{"time":"1970-01-01T00:00:00.002Z",');
  expect(asked).toBe(2);
});

test.each(["text", "json"] as const)(
  "logLine() makes one line of %s, whatever a fault contains",
  (format) => {
    const made = line({ format }, { kind: "uncaught", fault: "one\r\ntwo\u001b[31m" }) ?? "";
    expect(made.indexOf("\n")).toBe(made.length - 1);
    expect(made).toMatch(/^[\x20-\x7e]+\n$/);
  },
);
