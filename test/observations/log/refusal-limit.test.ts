import { afterEach, expect, jest, test } from "bun:test";
import { refusal, type Refusal } from "../../../src/http/refusal.ts";
import { refusalLimit } from "../../../src/observations/log/refusal-limit.ts";
import { LIMITS } from "../../../src/limits.ts";
import type { Observation } from "../../../src/observations/observation.ts";
import { exchangeOf } from "../../support/exchange.ts";

const MISSING = refusal("credentials_missing", "Missing authorization header");
const UNKNOWN = refusal("token_unknown", "Token doesn't exist");

afterEach(() => void jest.useRealTimers());

function limited(refusalsPerSecond: number) {
  const seen: Observation[] = [];
  const limit = refusalLimit({ format: "json", refusalsPerSecond }, (observation) => {
    seen.push(observation);
  });
  const admits = (of: Refusal, client: string | null = null) =>
    limit.admits({
      kind: "refused",
      exchange: exchangeOf({ client }),
      status: of.status,
      milliseconds: 0,
      refusal: of,
    });
  return { limit, seen, admits };
}

test("refusalLimit() admits refusals of any code up to the limit and reports the rest by code", () => {
  const { limit, seen, admits } = limited(2);
  expect([MISSING, UNKNOWN, MISSING, UNKNOWN, UNKNOWN].map((of) => admits(of))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
  limit.report();
  expect(seen).toEqual([
    { kind: "refusals_counted", refusal: MISSING, count: 1, clients: [] },
    { kind: "refusals_counted", refusal: UNKNOWN, count: 2, clients: [] },
  ]);
});

test("refusalLimit() reports after a second and admits as many again", () => {
  jest.useFakeTimers();
  const { seen, admits } = limited(1);
  expect([admits(MISSING), admits(MISSING)]).toEqual([true, false]);
  jest.advanceTimersByTime(999);
  expect(seen).toEqual([]);
  jest.advanceTimersByTime(1);
  expect(seen).toHaveLength(1);
  expect([admits(MISSING), admits(MISSING), admits(MISSING)]).toEqual([true, false, false]);
  jest.advanceTimersByTime(1000);
  expect(seen.map((one) => one.kind === "refusals_counted" && one.count)).toEqual([1, 2]);
});

test("refusalLimit() reports the most frequent addresses among any number", () => {
  const { limit, seen, admits } = limited(0);
  for (let index = 0; index < 3000; index += 1) {
    admits(MISSING, index % 2 === 0 ? "192.0.2.1" : `2001:db8::${index.toString(16)}`);
  }
  limit.report();
  expect(seen).toMatchObject([{ count: 3000, clients: [{ value: "192.0.2.1" }, {}, {}] }]);
});

test("refusalLimit() distinguishes the reasons of a code, and only codes once there are too many reasons", () => {
  const { limit, seen, admits } = limited(0);
  const texts = Array.from({ length: LIMITS.logReasons + 8 }, (_, index) => `Reason ${index}`);
  for (const text of texts) admits(refusal("request_invalid", text));
  admits(refusal("request_invalid", "Reason 0"));
  limit.report();
  expect(seen).toHaveLength(LIMITS.logReasons + 1);
  expect(seen[0]).toMatchObject({ count: 2, refusal: { text: "Reason 0" } });
  expect(seen.at(-1)).toMatchObject({ count: 8, refusal: { code: "request_invalid" } });
});

test("refusalLimit() reports nothing if nothing was counted", () => {
  const { limit, seen, admits } = limited(1);
  expect(admits(MISSING)).toBe(true);
  limit.report();
  expect(seen).toEqual([]);
});
