import { expect } from "bun:test";
import { metrics, METRICS_TYPE, type Metrics } from "../../../src/observations/metrics/metrics.ts";
import { clockOf } from "../../support/clock.ts";
import { exchangeOf } from "../../support/exchange.ts";
import { TOKENS } from "../../support/test-metrics.ts";
import { needing } from "../../support/needing.ts";
import { ask, scrapeConfig, startPrometheus } from "../../support/prometheus.ts";

/** What may stand in a label and needs to be escaped. */
const USER = 'a "user"\\with\nall é';

needing({ prometheus: Bun.which("prometheus") })(
  "Prometheus reads text() as it was meant",
  async () => {
    using served = serve(watched());
    await using prometheus = await startPrometheus(scrapeConfig(served.url.host));
    const query = (text: string) => ask(prometheus, text);
    expect(await query('token_server_tokens{state="active"}')).toEqual([[{ state: "active" }, "3"]]);
    expect(await query("up")).toEqual([[{}, "1"]]);
    expect(await query("token_server_user_requests_total")).toEqual([[{ user: USER }, "2"]]);
    const requests = { route: "/ping", method: "GET", status: "200" };
    expect(await query("token_server_requests_total")).toEqual([[requests, "2"]]);
    expect(await query('token_server_request_duration_seconds_bucket{le="0.0003"}')).toEqual([
      [{ route: "/ping", le: "0.0003" }, "1"],
    ]);
    // The median lies in the bucket of the first value, from 0.1 to 0.3 ms.
    expect(await query("histogram_quantile(0.5, token_server_request_duration_seconds_bucket)")).toEqual([
      [{ route: "/ping" }, "0.0003"],
    ]);
  },
  20_000,
);

/** Metrics of a server that has answered two requests. */
function watched(): Metrics {
  const all = metrics({
    version: "1.2.3",
    clock: clockOf(),
    inFlight: () => 1,
    droppedLogLines: () => 0,
    tokens: () => TOKENS,
  });
  all.observe({ kind: "started", name: "token-server 1.2.3", url: "http://[::1]:80", tokens: 7 });
  for (const milliseconds of [0.25, 20]) {
    all.observe({ kind: "answered", exchange: exchangeOf({ user: USER }), status: 200, milliseconds });
  }
  return all;
}

function serve({ text }: Metrics) {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    development: false,
    fetch: () => new Response(text(), { headers: { "Content-Type": METRICS_TYPE } }),
  });
  return { url: server.url, [Symbol.dispose]: () => void server.stop(true) };
}
