import type { Clock } from "../../http/clock.ts";
import type { CloseReason } from "../../http/keep-alive.ts";
import { METHODS } from "../../http/methods.ts";
import { REFUSAL_STATUS, type RefusalCode } from "../../http/refusal.ts";
import { LIMITS } from "../../limits.ts";
import { counter, exposition, gauge, type Metric, type Sample } from "./exposition.ts";
import { histogram, type Histogram } from "./histogram.ts";
import { shownPath, type FinishedExchange, type Observe } from "../observation.ts";
import { processMetrics } from "./process-metrics.ts";
import { count, counts, series, type Count, type Series } from "./series.ts";
import { tokenMetrics, type TokenFacts } from "./token-metrics.ts";
import { upstreamMetrics } from "./upstream-metrics.ts";

/** Options for `metrics`. */
export interface MetricsOptions {
  /** The version of token-server. */
  readonly version: string;
  readonly clock: Pick<Clock, "now">;
  /** Requests whose answer has not been fully sent. Read at each scrape. */
  readonly inFlight: () => number;
  /**
   * Log lines dropped so far. Read at each scrape. The observations `lines_dropped` don't add up to it: while the output
   * stays closed, each one reports the same lines again.
   */
  readonly droppedLogLines: () => number;
  /** The tokens. Read at each scrape. */
  readonly tokens: () => TokenFacts;
}

/** Counts observations for Prometheus. */
export interface Metrics {
  readonly observe: Observe;
  /** The current metrics as METRICS_TYPE. */
  text(): string;
}

/** The Content-Type of the text that `Metrics.text` returns. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/**
 * Counts observations and formats the counts for Prometheus.
 *
 * No label has a value that a client can choose freely, and the number of values is bounded: a client that could add
 * series at will could fill the memory of this server and of Prometheus. Observing happens for every request, so it makes
 * no string and, once a series exists, no object.
 */
export function metrics({ version, clock, inFlight, droppedLogLines, tokens }: MetricsOptions): Metrics {
  const routes = series<string, RouteSeries>(routeSeries, (_, size) => size < LIMITS.metricRoutes);
  const users = series<string, Count>(count, (_, size) => size < LIMITS.metricUsers);
  const refusals = counts(Object.keys(REFUSAL_STATUS) as RefusalCode[]);
  const closings: Record<CloseReason, number> = { pipelining: 0, descriptors: 0 };
  const reloads = { success: 0, failure: 0 };
  let last: ExchangeSeries | null = null;
  let lastUser: FinishedExchange["exchange"]["user"] = null;
  let userRequests = count();
  let received = 0;
  let sent = 0;
  let aborted = 0;
  let uncaught = 0;
  let lastSuccess: number | null = null;
  let certificateExpiry: number | null = null;
  const upstreams = upstreamMetrics(DURATIONS);
  const tokenCounts = tokenMetrics();

  const countExchange = ({ exchange, status, milliseconds }: FinishedExchange) => {
    const { route, method, user, closing } = exchange;
    // Most exchanges are like the one before, and to find the series takes 2 % of a small request (Bun 1.4.5).
    if (last === null || route !== last.route || method !== last.method || status !== last.status) {
      const { methods, seconds } = routes.of(shownPath(exchange));
      last = { route, method, status, requests: methods.of(method).of(status), seconds };
    }
    last.requests.value += 1;
    last.seconds.count(milliseconds / 1000);
    received += exchange.received;
    if (closing !== null) closings[closing] += 1;
    sent += exchange.sent ?? 0;
    if (exchange.aborted) aborted += 1;
    if (exchange.upstream !== null) upstreams.count(exchange.upstream);
    if (user !== null) {
      if (user !== lastUser) {
        lastUser = user;
        userRequests = users.of(user.name);
      }
      userRequests.value += 1;
    }
  };
  const recordConfig = () => {
    lastSuccess = clock.now() / 1000;
  };

  return {
    observe(observation) {
      switch (observation.kind) {
        case "answered":
        case "failed":
          return countExchange(observation);
        case "refused":
          refusals[observation.refusal.code] += 1;
          if (observation.exchange.refusedToken) tokenCounts.count(observation.exchange.refusedToken.reason);
          return countExchange(observation);
        case "started":
          return recordConfig();
        case "reloaded":
          reloads.success += 1;
          return recordConfig();
        case "certificate":
          certificateExpiry = observation.expires / 1000;
          return;
        case "reload_failed":
          reloads.failure += 1;
          return;
        case "uncaught":
          uncaught += 1;
          return;
      }
    },
    text: () => exposition([...serverMetrics(), ...processMetrics()]),
  };

  function serverMetrics(): readonly Metric[] {
    return [
      {
        name: "token_server_requests_total",
        type: "counter",
        help: "Finished requests, by route, method and status.",
        samples: routes.entries().flatMap(([route, { methods }]) =>
          methods.entries().flatMap(([method, statuses]) =>
            statuses.entries().map(([status, { value }]): Sample => ({
              labels: { route, method, status },
              value,
            })),
          ),
        ),
      },
      {
        name: "token_server_refusals_total",
        type: "counter",
        help: "Refused requests, by reason.",
        samples: Object.entries(refusals).map(([code, value]) => ({ labels: { code }, value })),
      },
      {
        name: "token_server_request_duration_seconds",
        type: "histogram",
        help: "Time from a request to its answer, or to the end of a streamed answer.",
        samples: routes.entries().flatMap(([route, { seconds }]) => seconds.samples({ route })),
      },
      gauge("token_server_requests_in_flight", "Requests whose answer has not been fully sent.", inFlight()),
      counter(
        "token_server_request_content_bytes_total",
        "Content of requests, as declared or read.",
        received,
      ),
      counter("token_server_response_content_bytes_total", "Content of answers, as sent.", sent),
      counter("token_server_aborted_requests_total", "Requests whose client left early.", aborted),
      ...upstreams.metrics(),
      {
        name: "token_server_user_requests_total",
        type: "counter",
        help: `Requests with an accepted token, by user; all but the first ${LIMITS.metricUsers} users share "other".`,
        samples: users.entries().map(([user, { value }]) => ({ labels: { user }, value })),
      },
      {
        name: "token_server_closed_connections_total",
        type: "counter",
        help: "Connections without a user closed early to keep the server available to others, by reason.",
        samples: Object.entries(closings).map(([reason, value]) => ({ labels: { reason }, value })),
      },
      ...tokenCounts.metrics(tokens()),
      {
        name: "token_server_config_reloads_total",
        type: "counter",
        help: "Reloads of the config, by outcome.",
        samples: Object.entries(reloads).map(([outcome, value]) => ({ labels: { outcome }, value })),
      },
      gauge(
        "token_server_config_last_success_timestamp_seconds",
        "When the current config was loaded, in seconds since 1970.",
        lastSuccess,
      ),
      gauge(
        "token_server_certificate_expiry_timestamp_seconds",
        "When the certificate of server.http.tls expires, in seconds since 1970.",
        certificateExpiry,
      ),
      counter(
        "token_server_log_lines_lost_total",
        "Log lines dropped because the output was full, closed or too slow.",
        droppedLogLines(),
      ),
      counter(
        "token_server_uncaught_errors_total",
        "Errors outside any request that nothing caught.",
        uncaught,
      ),
      {
        name: "token_server_build_info",
        type: "gauge",
        help: "1, labelled with the versions of token-server and Bun.",
        samples: [{ labels: { version, bun: Bun.version }, value: 1 }],
      },
    ];
  }
}

/** The series that an exchange counts in. */
interface ExchangeSeries {
  readonly route: string | null;
  readonly method: string;
  readonly status: number;
  readonly requests: Count;
  readonly seconds: Histogram;
}

/** The series of a route. */
interface RouteSeries {
  readonly methods: Series<string, Series<number, Count>>;
  readonly seconds: Histogram;
}

function routeSeries(): RouteSeries {
  return { methods: series(statusSeries, isMethod), seconds: histogram(DURATIONS) };
}

function statusSeries(): Series<number, Count> {
  return series(count, isStatus);
}

/** Bun 1.4.5 also passes on other methods, such as M-SEARCH and REPORT. */
function isMethod(method: string): boolean {
  return (METHODS as readonly string[]).includes(method);
}

function isStatus(status: number): boolean {
  return Number.isInteger(status) && status >= 100 && status <= 599;
}

/** Seconds: from the fastest of our own routes, two for each power of ten, to a model that takes minutes. */
const DURATIONS = [
  0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 60, 120, 300, 600,
];
