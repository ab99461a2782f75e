import { describe, expect, test } from "bun:test";
import { METHODS } from "../../../src/http/methods.ts";
import { REFUSAL_STATUS, refusal } from "../../../src/http/refusal.ts";
import { METRICS_TYPE, type Metrics } from "../../../src/observations/metrics/metrics.ts";
import { exchangeOf } from "../../support/exchange.ts";
import { expositionProblems } from "../../support/exposition-problems.ts";
import { needing } from "../../support/needing.ts";
import { answered, ended, made, no, serverText } from "../../support/test-metrics.ts";

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

test("text() has all that was observed", () => {
  const all = made();
  const { observe } = all;
  const user = "df3e6b0b-b66c-8aad-aa4f-84cbc371fd66";
  const broken = { status: 200, cause: "reset", headAfter: 250 } as const;
  observe({ kind: "started", name: "token-server 1.2.3", url: "http://[::1]:80", tokens: 2 });
  observe({ kind: "answered", ...ended, exchange: exchangeOf({ user, sent: 34, aborted: true }) });
  observe({
    kind: "answered",
    ...ended,
    exchange: exchangeOf({ user, method: "POST", received: 512, sent: 1000, upstream: broken }),
  });
  const unknown = exchangeOf({ route: null, user });
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
  const refusals = Object.keys(REFUSAL_STATUS).map((code) => {
    const count = code === "token_unknown" || code === "route_unknown" ? 1 : 0;
    return `token_server_refusals_total{code="${code}"} ${count}`;
  });
  expect(serverText(all)).toBe(`\
# HELP token_server_requests_total Finished requests, by route, method and status.
# TYPE token_server_requests_total counter
token_server_requests_total{route="/ping",method="GET",status="200"} 1
token_server_requests_total{route="/ping",method="GET",status="403"} 1
token_server_requests_total{route="/ping",method="GET",status="500"} 1
token_server_requests_total{route="/ping",method="POST",status="200"} 1
token_server_requests_total{route="(unknown path)",method="GET",status="404"} 1
# HELP token_server_refusals_total Refused requests, by reason.
# TYPE token_server_refusals_total counter
${refusals.join("\n")}
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
token_server_request_duration_seconds_bucket{route="/ping",le="30"} 4
token_server_request_duration_seconds_bucket{route="/ping",le="60"} 4
token_server_request_duration_seconds_bucket{route="/ping",le="120"} 4
token_server_request_duration_seconds_bucket{route="/ping",le="300"} 4
token_server_request_duration_seconds_bucket{route="/ping",le="600"} 4
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
token_server_request_duration_seconds_bucket{route="(unknown path)",le="30"} 1
token_server_request_duration_seconds_bucket{route="(unknown path)",le="60"} 1
token_server_request_duration_seconds_bucket{route="(unknown path)",le="120"} 1
token_server_request_duration_seconds_bucket{route="(unknown path)",le="300"} 1
token_server_request_duration_seconds_bucket{route="(unknown path)",le="600"} 1
token_server_request_duration_seconds_bucket{route="(unknown path)",le="+Inf"} 1
token_server_request_duration_seconds_sum{route="(unknown path)"} 0.0005
token_server_request_duration_seconds_count{route="(unknown path)"} 1
# HELP token_server_requests_in_flight Requests whose answer has not been fully sent.
# TYPE token_server_requests_in_flight gauge
token_server_requests_in_flight 2
# HELP token_server_request_content_bytes_total Content of requests, as declared or read.
# TYPE token_server_request_content_bytes_total counter
token_server_request_content_bytes_total 512
# HELP token_server_response_content_bytes_total Content of answers, as sent.
# TYPE token_server_response_content_bytes_total counter
token_server_response_content_bytes_total 1034
# HELP token_server_aborted_requests_total Requests whose client left early.
# TYPE token_server_aborted_requests_total counter
token_server_aborted_requests_total 1
# HELP token_server_upstream_failures_total Upstreams that gave no answer or broke off, by cause.
# TYPE token_server_upstream_failures_total counter
token_server_upstream_failures_total{cause="refused"} 0
token_server_upstream_failures_total{cause="unresolved"} 0
token_server_upstream_failures_total{cause="reset"} 1
token_server_upstream_failures_total{cause="tls"} 0
token_server_upstream_failures_total{cause="connect_timeout"} 0
token_server_upstream_failures_total{cause="timeout"} 0
token_server_upstream_failures_total{cause="invalid_answer"} 0
token_server_upstream_failures_total{cause="unavailable"} 0
# HELP token_server_upstream_head_seconds Time from a request to the head of its upstream's answer.
# TYPE token_server_upstream_head_seconds histogram
token_server_upstream_head_seconds_bucket{le="0.00003"} 0
token_server_upstream_head_seconds_bucket{le="0.0001"} 0
token_server_upstream_head_seconds_bucket{le="0.0003"} 0
token_server_upstream_head_seconds_bucket{le="0.001"} 0
token_server_upstream_head_seconds_bucket{le="0.003"} 0
token_server_upstream_head_seconds_bucket{le="0.01"} 0
token_server_upstream_head_seconds_bucket{le="0.03"} 0
token_server_upstream_head_seconds_bucket{le="0.1"} 0
token_server_upstream_head_seconds_bucket{le="0.3"} 1
token_server_upstream_head_seconds_bucket{le="1"} 1
token_server_upstream_head_seconds_bucket{le="3"} 1
token_server_upstream_head_seconds_bucket{le="10"} 1
token_server_upstream_head_seconds_bucket{le="30"} 1
token_server_upstream_head_seconds_bucket{le="60"} 1
token_server_upstream_head_seconds_bucket{le="120"} 1
token_server_upstream_head_seconds_bucket{le="300"} 1
token_server_upstream_head_seconds_bucket{le="600"} 1
token_server_upstream_head_seconds_bucket{le="+Inf"} 1
token_server_upstream_head_seconds_sum 0.25
token_server_upstream_head_seconds_count 1
# HELP token_server_user_requests_total Requests with an accepted token, by user; all but the first 100 users share "other".
# TYPE token_server_user_requests_total counter
token_server_user_requests_total{user="${user}"} 3
# HELP token_server_closed_connections_total Connections without a user closed early to keep the server available to others, by reason.
# TYPE token_server_closed_connections_total counter
token_server_closed_connections_total{reason="pipelining"} 1
token_server_closed_connections_total{reason="descriptors"} 0
# HELP token_server_tokens Tokens, by state.
# TYPE token_server_tokens gauge
token_server_tokens{state="revoked"} 1
token_server_tokens{state="disabled"} 0
token_server_tokens{state="expired"} 0
token_server_tokens{state="not_yet"} 0
token_server_tokens{state="active"} 3
# HELP token_server_tokens_expiring Active tokens that expire within 14 days.
# TYPE token_server_tokens_expiring gauge
token_server_tokens_expiring 2
# HELP token_server_token_index_size Tokens in memory, revoked and expired ones too.
# TYPE token_server_token_index_size gauge
token_server_token_index_size 4
# HELP token_server_token_store_up 1 while the token store can be reached, 0 while it is away.
# TYPE token_server_token_store_up gauge
token_server_token_store_up 1
# HELP token_server_token_store_last_change_timestamp_seconds When the last change of the token store was applied, in seconds since 1970.
# TYPE token_server_token_store_last_change_timestamp_seconds gauge
token_server_token_store_last_change_timestamp_seconds 1795461679.25
# HELP token_server_token_refusals_total Refused tokens, by reason.
# TYPE token_server_token_refusals_total counter
token_server_token_refusals_total{reason="unknown"} 0
token_server_token_refusals_total{reason="revoked"} 0
token_server_token_refusals_total{reason="disabled"} 0
token_server_token_refusals_total{reason="expired"} 0
token_server_token_refusals_total{reason="not_yet"} 0
token_server_token_refusals_total{reason="wrong_network"} 0
token_server_token_refusals_total{reason="store_away"} 0
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
