import { expect, test } from "bun:test";
import type { UpstreamFacts } from "../../../src/http/upstream-facts.ts";
import { refusal } from "../../../src/http/refusal.ts";
import { logLine } from "../../../src/observations/log/log.ts";
import { fields, message } from "../../../src/observations/log/message.ts";
import type { Observation } from "../../../src/observations/observation.ts";
import { exchangeOf } from "../../support/exchange.ts";

const facts = (given: Partial<UpstreamFacts> = {}): UpstreamFacts => ({
  status: 200,
  cause: null,
  headAfter: 12.5,
  ...given,
});

function answered(upstream: UpstreamFacts | null, given: { aborted?: boolean; isProbe?: boolean } = {}) {
  const exchange = exchangeOf({ route: "/api/*", sent: 7, received: 3, upstream, ...given });
  return { kind: "answered", exchange, status: 200, milliseconds: 20 } satisfies Observation;
}
const broken = facts({ cause: "reset" });
const refused: Observation = {
  kind: "refused",
  exchange: exchangeOf({ route: "/api/*", sent: 40, upstream: facts({ status: null, cause: "refused" }) }),
  status: 502,
  milliseconds: 20,
  refusal: refusal("upstream_failed", "Bad gateway").because(() => "upstream refused"),
};

test.each<[string, string, Observation]>([
  ["an answer", "INFO: GET /api/* 200 20000 us\n", answered(facts())],
  ["a broken answer", "WARNING: GET /api/* 200 20000 us, upstream reset\n", answered(broken)],
  [
    "a broken answer to a monitor",
    "WARNING: GET /api/* 200 20000 us, upstream reset\n",
    answered(broken, { isProbe: true }),
  ],
  [
    "an answer whose client left",
    "INFO: GET /api/* 200 20000 us, aborted\n",
    answered(facts(), { aborted: true }),
  ],
  ["no answer", "WARNING: GET /api/* 502 20000 us: Bad gateway (upstream refused)\n", refused],
])("logLine() shows %s of an upstream", (_, expected, observation) => {
  const line = logLine(
    { levels: [{ logger: "server_logger", level: "DEBUG" }], format: "text" },
    { now: () => 0 },
  );
  expect(line(observation)).toEndWith(` {server_logger.access}: ${expected}`);
});

test("logLine() writes a broken answer where answers are not written", () => {
  const line = logLine(
    { levels: [{ logger: "server_logger.access", level: "WARNING" }], format: "json" },
    { now: () => 0 },
  );
  expect(line(answered(facts()))).toBeNull();
  expect(JSON.parse(line(answered(broken)) ?? "")).toMatchObject({
    logger: "server_logger.access",
    level: "WARNING",
    upstream: { status: 200, cause: "reset" },
  });
});

test("fields() have what is known of an upstream, and nothing where there is none", () => {
  const common = { method: "GET", path: "/api/*", status: 200, bytes: 7, bytes_in: 3, seconds: 0.02 };
  expect(fields(answered(null))).toEqual({ ...common, request_id: "id1" });
  expect(fields(answered(facts(), { aborted: true }))).toEqual({
    ...common,
    request_id: "id1",
    aborted: true,
    upstream: { status: 200, seconds: 0.0125 },
  });
  expect(fields(answered(broken))["upstream"]).toEqual({ status: 200, cause: "reset", seconds: 0.0125 });
  expect(fields(refused)).toMatchObject({
    status: 502,
    upstream: { cause: "refused", seconds: 0.0125 },
    refusal: "upstream_failed",
    reason: "Bad gateway",
    cause: "upstream refused",
  });
  expect(fields(refused)["upstream"]).not.toHaveProperty("status");
});

test("message() names the client's leaving before the upstream's failure", () => {
  expect(message(answered(broken, { aborted: true }))).toBe("GET /api/* 200 20000 us, aborted");
});
