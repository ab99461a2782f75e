import type { CloseReason } from "../../http/keep-alive.ts";
import { METHODS } from "../../http/methods.ts";
import { REFUSAL_STATUS } from "../../http/refusal.ts";
import { LIMITS } from "../../limits.ts";
import { exposition, type Metric, type Sample } from "./exposition.ts";
import { histogram, type Histogram } from "./histogram.ts";
import type { Ended, Observe } from "../observation.ts";
import { processFacts } from "./process-metrics.ts";
import { count, series, type Count, type Series } from "./series.ts";

/** What the metrics have to know. */
export interface MetricsOptions {
  /** The version of token-server. */
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Requests whose answer has not left whole. Read at each scrape. */
  readonly inFlight: () => number;
  /**
   * Log lines that were lost so far. Read at each scrape: the observation `lost` is made again with all that
   * is untold for as long as the output stays closed, so its lines do not add up.
   */
  readonly logLinesLost: () => number;
}

/** Counts observations for Prometheus. */
export interface Metrics {
  readonly observe: Observe;
  /** All there is to tell now, in the form of METRICS_TYPE. */
  text(): string;
}

/** The Content-Type of what `text` gives. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/**
 * Counts observations and tells them as Prometheus reads them.
 *
 * No label has a value that a client chooses freely, and every label has an end to its values: whoever could add
 * series at will could fill the memory of this server and of the Prometheus that reads it. Stands in the way of
 * every request, so it makes no text and, once a series is there, no object.
 */
export function metrics({ version, now = Date.now, inFlight, logLinesLost }: MetricsOptions): Metrics {
  const routes = series<string, RouteSeries>(routeSeries, (_, size) => size < LIMITS.metricRoutes);
  const users = series<string, Count>(count, (_, size) => size < LIMITS.metricUsers);
  const refusals = series<string, Count>(count, (code) => Object.hasOwn(REFUSAL_STATUS, code));
  const closings: Record<CloseReason, number> = { pipelining: 0, descriptors: 0 };
  const reloads = { success: 0, failure: 0 };
  let received = 0;
  let uncaught = 0;
  let tokens: number | null = null;
  let lastSuccess: number | null = null;
  let certificateExpiry: number | null = null;
  // A rise from 0 shows in a graph, one from nothing does not.
  for (const code in REFUSAL_STATUS) refusals.of(code);

  const ended = ({ exchange, status, milliseconds }: Ended) => {
    const route = routes.of(exchange.path);
    route.methods.of(exchange.method).of(status).amount += 1;
    route.seconds.take(milliseconds / 1000);
    received += exchange.received;
    if (exchange.closing !== null) closings[exchange.closing] += 1;
    if (exchange.user !== null) users.of(exchange.user).amount += 1;
  };
  const serves = (served: number) => {
    tokens = served;
    lastSuccess = now() / 1000;
  };

  return {
    observe(observation) {
      switch (observation.kind) {
        case "answered":
        case "failed":
          return ended(observation);
        case "refused":
          refusals.of(observation.refusal.code).amount += 1;
          return ended(observation);
        case "started":
          return serves(observation.tokens);
        case "reloaded":
          reloads.success += 1;
          return serves(observation.tokens);
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
    text: () => exposition([...served(), ...processFacts()]),
  };

  function served(): readonly Metric[] {
    return [
      {
        name: "token_server_requests_total",
        type: "counter",
        help: "Requests that were answered, refused or failed, by route, method and status.",
        samples: routes.entries().flatMap(([route, { methods }]) =>
          methods.entries().flatMap(([method, statuses]) =>
            statuses.entries().map(([status, { amount }]): Sample => ({
              labels: { route, method, status },
              value: amount,
            })),
          ),
        ),
      },
      {
        name: "token_server_refusals_total",
        type: "counter",
        help: "Requests that were refused, by reason.",
        samples: refusals.entries().map(([code, { amount }]) => ({ labels: { code }, value: amount })),
      },
      {
        name: "token_server_request_duration_seconds",
        type: "histogram",
        help: "Time from a request to its answer, or to the end of an answer that is streamed.",
        samples: routes.entries().flatMap(([route, { seconds }]) => seconds.samples({ route })),
      },
      gauge("token_server_requests_in_flight", "Requests whose answer has not left whole.", inFlight()),
      counter(
        "token_server_request_content_bytes_total",
        "Content of requests, as it was declared or read.",
        received,
      ),
      {
        name: "token_server_user_requests_total",
        type: "counter",
        help: `Requests whose token was accepted, by user; all but the first ${LIMITS.metricUsers} share "other".`,
        samples: users.entries().map(([user, { amount }]) => ({ labels: { user }, value: amount })),
      },
      {
        name: "token_server_closed_connections_total",
        type: "counter",
        help: "Connections without a user that were closed to keep the server open to others, by reason.",
        samples: Object.entries(closings).map(([reason, value]) => ({ labels: { reason }, value })),
      },
      gauge("token_server_tokens", "Tokens that are accepted.", tokens),
      {
        name: "token_server_config_reloads_total",
        type: "counter",
        help: "Times that a new config was to serve, by whether it could.",
        samples: Object.entries(reloads).map(([outcome, value]) => ({ labels: { outcome }, value })),
      },
      gauge(
        "token_server_config_last_success_timestamp_seconds",
        "When the config that serves was taken, in seconds since 1970.",
        lastSuccess,
      ),
      gauge(
        "token_server_certificate_expiry_timestamp_seconds",
        "When the certificate of server.http.tls expires, in seconds since 1970.",
        certificateExpiry,
      ),
      counter(
        "token_server_log_lines_lost_total",
        "Log lines that could not be written, because the output was full, closed or too slow.",
        logLinesLost(),
      ),
      counter("token_server_uncaught_errors_total", "Faults outside of every request.", uncaught),
      {
        name: "token_server_build_info",
        type: "gauge",
        help: "1, with the version of token-server and of the Bun it runs on.",
        samples: [{ labels: { version, bun: Bun.version }, value: 1 }],
      },
    ];
  }
}

/** What is counted of a route. */
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

/** Bun 1.4.5 hands over others as well, M-SEARCH and REPORT among them. */
function isMethod(method: string): boolean {
  return (METHODS as readonly string[]).includes(method);
}

function isStatus(status: number): boolean {
  return Number.isInteger(status) && status >= 100 && status <= 599;
}

function counter(name: string, help: string, value: number): Metric {
  return { name, type: "counter", help, samples: [{ value }] };
}

/** A gauge, without a sample while its value is not known. */
function gauge(name: string, help: string, value: number | null): Metric {
  return { name, type: "gauge", help, samples: value === null ? [] : [{ value }] };
}

/** Seconds, two to a power of ten: from what a route of our own takes to what a slow upstream does. */
const DURATIONS = [0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];
