import { describe, expect, test } from "bun:test";
import { METHODS } from "../../../src/http/methods.ts";
import { REFUSAL_STATUS, refusal } from "../../../src/http/refusal.ts";
import { LIMITS } from "../../../src/limits.ts";
import { metrics, METRICS_TYPE, type Metrics } from "../../../src/observations/metrics/metrics.ts";
import { needing } from "../../support/needing.ts";
import { exchangeOf } from "../../support/exchange.ts";
import { expositionProblems } from "../../support/exposition-problems.ts";

const NOW = 1_795_461_679_250;
const no = refusal("token_unknown", "Token doesn't exist");
const ended = { exchange: exchangeOf(), status: 200, milliseconds: 0.25 } as const;

function made(): Metrics {
  return metrics({ version: "1.2.3", now: () => NOW, inFlight: () => 2, droppedLogLines: () => 5 });
}

/** Answers a request with these properties. */
function answered({ observe }: Metrics, known: Parameters<typeof exchangeOf>[0], status = 200): void {
  observe({ kind: "answered", exchange: exchangeOf(known), status, milliseconds: 0.25 });
}

/** The metrics of the server, without those of the process. */
function shown({ text }: Metrics): string {
  return text().split("# HELP process_")[0] ?? "";
}

/** The samples of one name, without the name. */
function samples(of: Metrics, name: string): string[] {
  return of
    .text()
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .map((line) => line.slice(name.length).trim());
}

/** Metrics of a server that has observed everything. */
function busy(): Metrics {
  const all = made();
  all.observe({ kind: "started", name: "token-server 1.2.3", url: "http://[::1]:80", tokens: 2 });
  all.observe({ kind: "received", what: "PING" });
  for (const method of [...METHODS, "M-SEARCH"])
    answered(all, { method, user: `${method} "\\\n é`, received: 7 });
  all.observe({ kind: "refused", ...ended, status: 403, refusal: no });
  all.observe({ kind: "failed", ...ended, status: 500, fault: "oops" });
  all.observe({ kind: "uncaught", fault: "oops" });
  all.observe({ kind: "problem", text: "oops" });
  all.observe({ kind: "reload_failed" });
  all.observe({ kind: "reloaded", tokens: 3 });
  all.observe({ kind: "restart_needed", setting: "server.http.port" });
  all.observe({ kind: "lines_dropped", lines: 7 });
  all.observe({ kind: "draining", signal: "SIGTERM", milliseconds: 5000 });
  all.observe({ kind: "stopping", signal: "SIGTERM", inFlight: 1 });
  all.observe({ kind: "stopped", cut: 1 });
  return all;
}

test("metrics() shows what was observed", () => {
  const all = made();
  const { observe } = all;
  const user = "df3e6b0b-b66c-8aad-aa4f-84cbc371fd66";
  observe({ kind: "started", name: "token-server 1.2.3", url: "http://[::1]:80", tokens: 2 });
  observe({ kind: "answered", ...ended, exchange: exchangeOf({ user }) });
  observe({ kind: "answered", ...ended, exchange: exchangeOf({ user, method: "POST", received: 512 }) });
  const unknown = exchangeOf({ path: "(unknown path)", user });
  const unknownRoute = refusal("route_unknown", "Not found");
  observe({
    kind: "refused",
    ...ended,
    exchange: unknown,
    status: 404,
    milliseconds: 0.5,
    refusal: unknownRoute,
  });
  const last = exchangeOf({ closing: "pipelining" });
  observe({ kind: "refused", ...ended, exchange: last, status: 403, milliseconds: 0.5, refusal: no });
  observe({ kind: "failed", ...ended, status: 500, milliseconds: 16_000, fault: "oops" });
  observe({ kind: "uncaught", fault: "oops" });
  observe({ kind: "reload_failed" });
  observe({ kind: "reloaded", tokens: 3 });
  observe({ kind: "reloaded", tokens: 4 });
  expect(shown(all)).toBe(`\
# HELP token_server_requests_total Finished requests, by route, method and status.
# TYPE token_server_requests_total counter
token_server_requests_total{route="/ping",method="GET",status="200"} 1
token_server_requests_total{route="/ping",method="GET",status="403"} 1
token_server_requests_total{route="/ping",method="GET",status="500"} 1
token_server_requests_total{route="/ping",method="POST",status="200"} 1
token_server_requests_total{route="(unknown path)",method="GET",status="404"} 1
# HELP token_server_refusals_total Refused requests, by reason.
# TYPE token_server_refusals_total counter
token_server_refusals_total{code="request_invalid"} 0
token_server_refusals_total{code="length_invalid"} 0
token_server_refusals_total{code="header_malformed"} 0
token_server_refusals_total{code="credentials_missing"} 0
token_server_refusals_total{code="credentials_unusable"} 0
token_server_refusals_total{code="token_invalid"} 0
token_server_refusals_total{code="header_invalid"} 0
token_server_refusals_total{code="scheme_unknown"} 0
token_server_refusals_total{code="token_unknown"} 1
token_server_refusals_total{code="route_unknown"} 1
token_server_refusals_total{code="method_not_allowed"} 0
token_server_refusals_total{code="content_too_large"} 0
token_server_refusals_total{code="host_unknown"} 0
token_server_refusals_total{code="draining"} 0
token_server_refusals_total{code="store_unavailable"} 0
# HELP token_server_request_duration_seconds Time from a request to its answer, or to the end of a streamed answer.
# TYPE token_server_request_duration_seconds histogram
token_server_request_duration_seconds_bucket{route="/ping",le="0.00003"} 0
token_server_request_duration_seconds_bucket{route="/ping",le="0.0001"} 0
token_server_request_duration_seconds_bucket{route="/ping",le="0.0003"} 2
token_server_request_duration_seconds_bucket{route="/ping",le="0.001"} 3
token_server_request_duration_seconds_bucket{route="/ping",le="0.003"} 3
token_server_request_duration_seconds_bucket{route="/ping",le="0.01"} 3
token_server_request_duration_seconds_bucket{route="/ping",le="0.03"} 3
token_server_request_duration_seconds_bucket{route="/ping",le="0.1"} 3
token_server_request_duration_seconds_bucket{route="/ping",le="0.3"} 3
token_server_request_duration_seconds_bucket{route="/ping",le="1"} 3
token_server_request_duration_seconds_bucket{route="/ping",le="3"} 3
token_server_request_duration_seconds_bucket{route="/ping",le="10"} 3
token_server_request_duration_seconds_bucket{route="/ping",le="+Inf"} 4
token_server_request_duration_seconds_sum{route="/ping"} 16.001
token_server_request_duration_seconds_count{route="/ping"} 4
token_server_request_duration_seconds_bucket{route="(unknown path)",le="0.00003"} 0
token_server_request_duration_seconds_bucket{route="(unknown path)",le="0.0001"} 0
token_server_request_duration_seconds_bucket{route="(unknown path)",le="0.0003"} 0
token_server_request_duration_seconds_bucket{route="(unknown path)",le="0.001"} 1
token_server_request_duration_seconds_bucket{route="(unknown path)",le="0.003"} 1
token_server_request_duration_seconds_bucket{route="(unknown path)",le="0.01"} 1
token_server_request_duration_seconds_bucket{route="(unknown path)",le="0.03"} 1
token_server_request_duration_seconds_bucket{route="(unknown path)",le="0.1"} 1
token_server_request_duration_seconds_bucket{route="(unknown path)",le="0.3"} 1
token_server_request_duration_seconds_bucket{route="(unknown path)",le="1"} 1
token_server_request_duration_seconds_bucket{route="(unknown path)",le="3"} 1
token_server_request_duration_seconds_bucket{route="(unknown path)",le="10"} 1
token_server_request_duration_seconds_bucket{route="(unknown path)",le="+Inf"} 1
token_server_request_duration_seconds_sum{route="(unknown path)"} 0.0005
token_server_request_duration_seconds_count{route="(unknown path)"} 1
# HELP token_server_requests_in_flight Requests whose answer has not been fully sent.
# TYPE token_server_requests_in_flight gauge
token_server_requests_in_flight 2
# HELP token_server_request_content_bytes_total Content of requests, as declared or read.
# TYPE token_server_request_content_bytes_total counter
token_server_request_content_bytes_total 512
# HELP token_server_user_requests_total Requests with an accepted token, by user; all but the first 100 users share "other".
# TYPE token_server_user_requests_total counter
token_server_user_requests_total{user="${user}"} 3
# HELP token_server_closed_connections_total Connections without a user closed early to keep the server available to others, by reason.
# TYPE token_server_closed_connections_total counter
token_server_closed_connections_total{reason="pipelining"} 1
token_server_closed_connections_total{reason="descriptors"} 0
# HELP token_server_tokens Accepted tokens.
# TYPE token_server_tokens gauge
token_server_tokens 4
# HELP token_server_config_reloads_total Reloads of the config, by outcome.
# TYPE token_server_config_reloads_total counter
token_server_config_reloads_total{outcome="success"} 2
token_server_config_reloads_total{outcome="failure"} 1
# HELP token_server_config_last_success_timestamp_seconds When the current config was loaded, in seconds since 1970.
# TYPE token_server_config_last_success_timestamp_seconds gauge
token_server_config_last_success_timestamp_seconds 1795461679.25
# HELP token_server_certificate_expiry_timestamp_seconds When the certificate of server.http.tls expires, in seconds since 1970.
# TYPE token_server_certificate_expiry_timestamp_seconds gauge
# HELP token_server_log_lines_lost_total Log lines dropped because the output was full, closed or too slow.
# TYPE token_server_log_lines_lost_total counter
token_server_log_lines_lost_total 5
# HELP token_server_uncaught_errors_total Errors outside any request that nothing caught.
# TYPE token_server_uncaught_errors_total counter
token_server_uncaught_errors_total 1
# HELP token_server_build_info 1, labelled with the versions of token-server and Bun.
# TYPE token_server_build_info gauge
token_server_build_info{version="1.2.3",bun="${Bun.version}"} 1
`);
});

test("metrics() has a series from the start for each refusal and each outcome of a reload", () => {
  const none = Object.keys(REFUSAL_STATUS).map((code) => `{code="${code}"} 0`);
  expect(samples(made(), "token_server_refusals_total")).toEqual(none);
  expect(samples(made(), "token_server_config_reloads_total")).toEqual([
    '{outcome="success"} 0',
    '{outcome="failure"} 0',
  ]);
});

test("metrics() shows no tokens and no time of a config before there is one", () => {
  expect(samples(made(), "token_server_tokens")).toEqual([]);
  expect(samples(made(), "token_server_config_last_success_timestamp_seconds")).toEqual([]);
});

test("metrics() shows when the certificate expires that was loaded last", () => {
  const all = made();
  for (const expires of [1000, 1795461678250]) all.observe({ kind: "certificate", expires });
  expect(samples(all, "token_server_certificate_expiry_timestamp_seconds")).toEqual(["1795461678.25"]);
});

test("metrics() shows when a config was loaded, not when it was scraped", () => {
  let time = NOW;
  const all = metrics({ version: "1.2.3", now: () => time, inFlight: () => 0, droppedLogLines: () => 0 });
  const last = () => samples(all, "token_server_config_last_success_timestamp_seconds");
  all.observe({ kind: "started", name: "token-server 1.2.3", url: "http://[::1]:80", tokens: 1 });
  time += 1000;
  all.observe({ kind: "reload_failed" });
  expect(last()).toEqual(["1795461679.25"]);
  all.observe({ kind: "reloaded", tokens: 1 });
  time += 1000;
  expect(last()).toEqual(["1795461680.25"]);
});

test("metrics() reads the in-flight requests and dropped lines at each scrape", () => {
  let read = 0;
  const all = metrics({ version: "1.2.3", inFlight: () => (read += 1), droppedLogLines: () => 10 * read });
  for (const [inFlight, lost] of [
    ["1", "10"],
    ["2", "20"],
  ] as const) {
    const text = all.text();
    expect(text).toContain(`\ntoken_server_requests_in_flight ${inFlight}\n`);
    expect(text).toContain(`\ntoken_server_log_lines_lost_total ${lost}\n`);
  }
});

test.each([
  [0.03, "0.00003"],
  [0.1, "0.0001"],
  [0.3, "0.0003"],
  [1, "0.001"],
  [3, "0.003"],
  [10, "0.01"],
  [30, "0.03"],
  [100, "0.1"],
  [300, "0.3"],
  [1000, "1"],
  [3000, "3"],
  [10_000, "10"],
] as const)("metrics() counts %d ms as at most %s s, and what is longer as more", (milliseconds, bound) => {
  const all = made();
  all.observe({ kind: "answered", ...ended, milliseconds });
  all.observe({ kind: "answered", ...ended, milliseconds: milliseconds * 1.001 });
  const buckets = samples(all, "token_server_request_duration_seconds_bucket");
  const at = buckets.indexOf(`{route="/ping",le="${bound}"} 1`);
  const amounts = buckets.map((bucket) => bucket.split(" ")[1]);
  expect(amounts).toEqual([...Array(at).fill("0"), "1", ...Array(12 - at).fill("2")]);
});

test("metrics() counts an unknown method as other", () => {
  const all = made();
  for (const method of [...METHODS, "M-SEARCH", "REPORT", "get"]) answered(all, { method }, 405);
  expect(samples(all, "token_server_requests_total")).toEqual([
    ...METHODS.map((method) => `{route="/ping",method="${method}",status="405"} 1`),
    '{route="/ping",method="other",status="405"} 3',
  ]);
});

test("metrics() counts an invalid status as other", () => {
  const all = made();
  for (const status of [100, 599, 99, 600, 200.5, NaN, -1]) answered(all, {}, status);
  expect(samples(all, "token_server_requests_total")).toEqual([
    '{route="/ping",method="GET",status="100"} 1',
    '{route="/ping",method="GET",status="599"} 1',
    '{route="/ping",method="GET",status="other"} 5',
  ]);
});

test("metrics() counts the first users one by one and all others as one", () => {
  const all = made();
  for (let user = 0; user <= LIMITS.metricUsers + 1; user += 1) answered(all, { user: `u${user}` });
  answered(all, { user: "u0" });
  answered(all, { user: null });
  const counted = samples(all, "token_server_user_requests_total");
  expect(counted.length).toBe(LIMITS.metricUsers + 1);
  expect(counted.at(0)).toBe('{user="u0"} 2');
  expect(counted.at(-2)).toBe(`{user="u${LIMITS.metricUsers - 1}"} 1`);
  expect(counted.at(-1)).toBe('{user="other"} 2');
});

test("metrics() counts a user whose request is refused after its token was accepted", () => {
  const all = made();
  const exchange = exchangeOf({ user: "u" });
  all.observe({ kind: "refused", ...ended, exchange, refusal: no });
  all.observe({ kind: "failed", ...ended, exchange, fault: "oops" });
  expect(samples(all, "token_server_user_requests_total")).toEqual(['{user="u"} 2']);
});

test("metrics() adds no series after a million paths, users, methods and statuses", () => {
  const all = made();
  const ask = (from: number, to: number) => {
    for (let at = from; at < to; at += 1) {
      answered(all, { path: `/${at}`, user: `u${at}`, method: `M${at}` }, 1000 + at);
    }
  };
  ask(0, 1000);
  const lines = shown(all).split("\n").length;
  ask(1000, 10_000);
  expect(shown(all).split("\n").length).toBe(lines);
  ask(10_000, 1_000_000);
  expect(shown(all).split("\n").length).toBe(lines);
  expect(samples(all, "token_server_requests_total").length).toBe(LIMITS.metricRoutes + 1);
  expect(samples(all, "token_server_requests_total").at(-1)).toBe(
    `{route="other",method="other",status="other"} ${1_000_000 - LIMITS.metricRoutes}`,
  );
  expect(samples(all, "token_server_request_duration_seconds_count").length).toBe(LIMITS.metricRoutes + 1);
  expect(samples(all, "token_server_user_requests_total").length).toBe(LIMITS.metricUsers + 1);
});

test("metrics() shares no count with another", () => {
  const [one, other] = [made(), made()];
  answered(one, {});
  expect(samples(one, "token_server_requests_total").length).toBe(1);
  expect(samples(other, "token_server_requests_total")).toEqual([]);
});

describe.each([
  ["that has seen nothing", made],
  ["that has seen everything", busy],
])("text() of a server %s", (_, server) => {
  test("keeps to the exposition format", () => {
    expect(expositionProblems(server().text())).toEqual([]);
  });

  needing({ promtool: Bun.which("promtool") })("has nothing that promtool finds", () => {
    const stdin = Buffer.from(server().text());
    const { exitCode, stdout, stderr } = Bun.spawnSync(["promtool", "check", "metrics"], {
      stdin,
      timeout: 10_000,
    });
    expect({ exitCode, out: stdout.toString(), err: stderr.toString() }).toEqual({
      exitCode: 0,
      out: "",
      err: "",
    });
  });
});

test("METRICS_TYPE names the version of the format", () => {
  expect(METRICS_TYPE).toBe("text/plain; version=0.0.4; charset=utf-8");
});
