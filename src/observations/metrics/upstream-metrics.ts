import { UPSTREAM_CAUSES, type UpstreamCause, type UpstreamFacts } from "../../http/upstream-facts.ts";
import type { Metric } from "./exposition.ts";
import { histogram } from "./histogram.ts";
import { count, series, type Count } from "./series.ts";

/** Counts what upstreams answer. */
export interface UpstreamMetrics {
  count(facts: UpstreamFacts): void;
  metrics(): readonly Metric[];
}

/** Counts the failures of upstreams by cause, and how long they take to answer, in these buckets of seconds. */
export function upstreamMetrics(buckets: readonly number[]): UpstreamMetrics {
  const seconds = histogram(buckets);
  const failures = series<UpstreamCause, Count>(count, (cause) => UPSTREAM_CAUSES.includes(cause));
  for (const cause of UPSTREAM_CAUSES) failures.of(cause);
  return {
    count({ status, cause, headAfter }) {
      if (status !== null) seconds.count(headAfter / 1000);
      if (cause !== null) failures.of(cause).value += 1;
    },
    metrics: () => [
      {
        name: "token_server_upstream_failures_total",
        type: "counter",
        help: "Upstreams that gave no answer or broke off, by cause.",
        samples: failures.entries().map(([cause, { value }]) => ({ labels: { cause }, value })),
      },
      {
        name: "token_server_upstream_head_seconds",
        type: "histogram",
        help: "Time from a request to the head of its upstream's answer.",
        samples: seconds.samples({}),
      },
    ],
  };
}
