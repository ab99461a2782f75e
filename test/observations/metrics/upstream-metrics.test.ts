import { expect, test } from "bun:test";
import { UPSTREAM_CAUSES } from "../../../src/http/upstream-facts.ts";
import { exposition } from "../../../src/observations/metrics/exposition.ts";
import { upstreamMetrics } from "../../../src/observations/metrics/upstream-metrics.ts";
import { expositionProblems } from "../../support/exposition-problems.ts";

function linesOf({ metrics }: ReturnType<typeof upstreamMetrics>, name: string): string[] {
  const text = exposition(metrics());
  expect(expositionProblems(text)).toEqual([]);
  return text.split("\n").filter((line) => line.startsWith(`token_server_upstream_${name}`));
}

const failures = (counts: Partial<Record<string, number>> = {}) =>
  UPSTREAM_CAUSES.map(
    (cause) => `token_server_upstream_failures_total{cause="${cause}"} ${counts[cause] ?? 0}`,
  );

test("upstreamMetrics() has a series for each cause from the start", () => {
  expect(linesOf(upstreamMetrics([0.1, 1]), "failures_total")).toEqual(failures());
});

test("upstreamMetrics() counts how long heads took, also of answers that then broke off", () => {
  const all = upstreamMetrics([0.1, 1]);
  all.count({ status: 200, cause: null, headAfter: 50 });
  all.count({ status: 500, cause: null, headAfter: 500 });
  all.count({ status: 200, cause: "reset", headAfter: 5000 });
  expect(linesOf(all, "head_seconds")).toEqual([
    'token_server_upstream_head_seconds_bucket{le="0.1"} 1',
    'token_server_upstream_head_seconds_bucket{le="1"} 2',
    'token_server_upstream_head_seconds_bucket{le="+Inf"} 3',
    "token_server_upstream_head_seconds_sum 5.55",
    "token_server_upstream_head_seconds_count 3",
  ]);
  expect(linesOf(all, "failures_total")).toEqual(failures({ reset: 1 }));
});

test("upstreamMetrics() counts failures without a head, and no time for them", () => {
  const all = upstreamMetrics([1]);
  for (const cause of [...UPSTREAM_CAUSES, "refused"] as const)
    all.count({ status: null, cause, headAfter: 9 });
  const once = Object.fromEntries(UPSTREAM_CAUSES.map((cause) => [cause, 1]));
  expect(linesOf(all, "failures_total")).toEqual(failures({ ...once, refused: 2 }));
  expect(linesOf(all, "head_seconds_count")).toEqual(["token_server_upstream_head_seconds_count 0"]);
});
