import { afterAll, expect, test } from "bun:test";
import { StreamedResponse } from "../../../src/http/streamed-response.ts";
import { LIMITS } from "../../../src/limits.ts";
import { forwarding } from "../../../src/routes/proxy/forwarding.ts";
import { burstLimit } from "../../../src/routes/proxy/burst-limit.ts";
import { upstream, type UpstreamOptions } from "../../../src/routes/proxy/upstream.ts";
import { upstreamUrl, type UpstreamUrl } from "../../../src/routes/proxy/upstream-url.ts";
import { webSocketBridge } from "../../../src/routes/proxy/websocket.ts";
import { exchangeOf, NO_CONNECTION, type Known } from "../../support/exchange.ts";
import { KEY } from "../../support/raw-websocket.ts";

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/whole") return new Response("whole");
    if (pathname === "/large") return new Response("x".repeat(20_000));
    if (pathname === "/socket") return new Response("no", { status: 403 });
    const type = pathname === "/events" ? "text/event-stream" : "text/plain";
    const content = (async function* () {
      yield "data: 1\n\n";
      await new Promise(setImmediate);
      yield "data: 2\n\n";
    })();
    return new Response(content as unknown as ReadableStream, { headers: { "Content-Type": type } });
  },
});
afterAll(() => void server.stop(true));

const OPTIONS: UpstreamOptions = {
  url: upstreamUrl(server.url.href) as UpstreamUrl,
  tls: { ca: null, insecure: false },
  connectTimeout: 5_000,
  timeout: null,
};
const LIMIT = { max: 100, enter: () => true, leave() {} };
const forward = forwarding(upstream(OPTIONS, burstLimit(64, 16)), { idle: null }, LIMIT);
const bridge = webSocketBridge(OPTIONS, LIMIT);

/** A request, its exchange, and the seconds of silence that its connection was given. */
function asked(path: string, method: string, headers: Record<string, string> = {}, user: Known = {}) {
  const request = new Request(`http://a${path}`, { method, headers });
  const idles: number[] = [];
  const connection = { ...NO_CONNECTION, timeout: (_: Request, seconds: number) => void idles.push(seconds) };
  return { request, idles, exchange: exchangeOf({ method, ...user }, request, connection) };
}

test.each([
  { path: "/whole", method: "GET", idles: [0, LIMITS.idleSeconds] },
  { path: "/whole", method: "HEAD", idles: [0, LIMITS.idleSeconds] },
  { path: "/stream", method: "GET", idles: [0, 120, LIMITS.unauthenticatedIdleSeconds] },
  { path: "/events", method: "GET", idles: [0, 0, LIMITS.unauthenticatedIdleSeconds] },
])(
  "forwarding() lets the connection idle out after its answer to $method $path",
  async ({ path, method, idles }) => {
    const { request, exchange, idles: given } = asked(path, method);
    const answer = (await forward(request, exchange, path)) as Response;
    expect(answer.status).toBe(200);
    await answer.text();
    expect(given).toEqual([...idles]);
  },
);

test("forwarding() streams what it would hold while more answers wait than there may be requests", async () => {
  const given = async (path: string, pendingRequests: number) => {
    const request = new Request(`http://a${path}`);
    const exchange = exchangeOf({ user: "anna" }, request, { ...NO_CONNECTION, pendingRequests });
    const response = await forward(request, exchange, path);
    if (!(response instanceof Response)) throw new Error(response.text);
    const { size } = await response.blob();
    return [response instanceof StreamedResponse, size];
  };
  expect(await given("/large", 100)).toEqual([false, 20_000]);
  expect(await given("/large", 101)).toEqual([true, 20_000]);
  expect(await given("/whole", 101)).toEqual([false, 5]);
});

test("forwarding() lets the connection of a user idle for longer after a stream", async () => {
  const { request, exchange, idles } = asked("/stream", "GET", {}, { user: "anna" });
  const answer = (await forward(request, exchange, "/stream")) as Response;
  await answer.text();
  expect(idles).toEqual([0, 120, LIMITS.idleSeconds]);
});

test("webSocketBridge() lets the connection idle out after the upstream's refusal", async () => {
  const key = { "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": KEY };
  const { request, exchange, idles } = asked("/socket", "GET", key);
  const answer = (await bridge(request, exchange, "/socket", new Headers())) as Response;
  expect([answer.status, await answer.text()]).toEqual([403, "no"]);
  expect(idles).toEqual([0, LIMITS.idleSeconds]);
});
