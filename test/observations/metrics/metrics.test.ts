import { expect, test } from "bun:test";
import { METHODS } from "../../../src/http/methods.ts";
import { REFUSAL_STATUS } from "../../../src/http/refusal.ts";
import { LIMITS } from "../../../src/limits.ts";
import { metrics } from "../../../src/observations/metrics/metrics.ts";
import { clockOf } from "../../support/clock.ts";
import { exchangeOf } from "../../support/exchange.ts";
import { answered, ended, made, no, NOW, samples, serverText, TOKENS } from "../../support/test-metrics.ts";

test("metrics() has a series from the start for each refusal and each outcome of a reload", () => {
  const none = Object.keys(REFUSAL_STATUS).map((code) => `{code="${code}"} 0`);
  expect(samples(made(), "token_server_refusals_total")).toEqual(none);
  expect(samples(made(), "token_server_config_reloads_total")).toEqual([
    '{outcome="success"} 0',
    '{outcome="failure"} 0',
  ]);
});

test("metrics() shows no time of a config before there is one", () => {
  expect(samples(made(), "token_server_config_last_success_timestamp_seconds")).toEqual([]);
});

test("metrics() shows when the certificate expires that was loaded last", () => {
  const all = made();
  for (const expires of [1000, 1795461678250]) all.observe({ kind: "certificate", expires });
  expect(samples(all, "token_server_certificate_expiry_timestamp_seconds")).toEqual(["1795461678.25"]);
});

test("metrics() shows when a config was loaded, not when it was scraped", () => {
  let time = NOW;
  const all = metrics({
    version: "1.2.3",
    clock: { now: () => time },
    inFlight: () => 0,
    droppedLogLines: () => 0,
    tokens: () => TOKENS,
  });
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
  const all = metrics({
    version: "1.2.3",
    clock: clockOf(),
    inFlight: () => (read += 1),
    droppedLogLines: () => 10 * read,
    tokens: () => TOKENS,
  });
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
  [30_000, "30"],
  [60_000, "60"],
  [120_000, "120"],
  [300_000, "300"],
  [600_000, "600"],
] as const)("metrics() counts %d ms as at most %s s, and what is longer as more", (milliseconds, bound) => {
  const all = made();
  all.observe({ kind: "answered", ...ended, milliseconds });
  all.observe({ kind: "answered", ...ended, milliseconds: milliseconds * 1.001 });
  const buckets = samples(all, "token_server_request_duration_seconds_bucket");
  const at = buckets.indexOf(`{route="/ping",le="${bound}"} 1`);
  const amounts = buckets.map((bucket) => bucket.split(" ")[1]);
  expect(amounts).toEqual([...Array(at).fill("0"), "1", ...Array(17 - at).fill("2")]);
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
  answered(all, {});
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
      answered(all, { route: `/${at}`, user: `u${at}`, method: `M${at}` }, 1000 + at);
    }
  };
  ask(0, 1000);
  const lines = serverText(all).split("\n").length;
  ask(1000, 10_000);
  expect(serverText(all).split("\n").length).toBe(lines);
  ask(10_000, 1_000_000);
  expect(serverText(all).split("\n").length).toBe(lines);
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
