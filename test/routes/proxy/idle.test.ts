import { afterAll, expect, test } from "bun:test";
import { StreamedResponse } from "../../../src/http/streamed-response.ts";
import { LIMITS } from "../../../src/limits.ts";
import { forwarding } from "../../../src/routes/proxy/forwarding.ts";
import { upstream, type UpstreamOptions } from "../../../src/upstream/upstream.ts";
import { upstreamUrl, type UpstreamUrl } from "../../../src/upstream/upstream-url.ts";
import { webSocketBridge } from "../../../src/routes/proxy/websocket.ts";
import { exchangeOf, NO_CONNECTION, type Known } from "../../support/exchange.ts";
import { KEY } from "../../support/raw-websocket.ts";

/** Resolves when an idle timeout of 0 was set. */
let watched = Promise.withResolvers<void>();

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/whole") return new Response("whole");
    if (pathname === "/late") {
      await watched.promise;
      return new Response("late");
    }
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
const forwardWith = (idle: number | null) => forwarding(upstream(OPTIONS, LIMIT.max), idle, LIMIT, () => {});
const forward = forwardWith(null);
const bridge = webSocketBridge(OPTIONS, LIMIT, () => {});

const FIELDS = "Host: a\r\n";

/** A request, its exchange, and the seconds of silence that its connection was given. */
function asked(path: string, init: RequestInit = {}, user: Known = {}) {
  const request = new Request(`http://a${path}`, init);
  const idles: number[] = [];
  watched = Promise.withResolvers();
  const timeout = (_: Request, seconds: number) => {
    idles.push(seconds);
    if (seconds === 0) watched.resolve();
  };
  const connection = { ...NO_CONNECTION, timeout };
  return { request, idles, exchange: exchangeOf({ method: request.method, ...user }, request, connection) };
}

const { idleSeconds, unauthenticatedIdleSeconds, answerPause } = LIMITS;

test.each([
  { of: "a buffered answer", path: "/whole", init: {}, set: [] },
  { of: "a buffered answer to HEAD", path: "/whole", init: { method: "HEAD" }, set: [] },
  { of: "a buffered answer to POST without content", path: "/whole", init: { method: "POST" }, set: [] },
  { of: "a late answer", path: "/late", init: {}, set: [0, idleSeconds] },
  { of: "a late answer to DELETE", path: "/late", init: { method: "DELETE" }, set: [0, idleSeconds] },
  {
    of: "an upload",
    path: "/whole",
    init: { method: "POST", body: "content" },
    set: [idleSeconds, 0, idleSeconds, 0, idleSeconds],
  },
  { of: "a stream", path: "/stream", init: {}, set: [answerPause + 4, unauthenticatedIdleSeconds] },
  {
    of: "a stream with an idle_timeout",
    path: "/stream",
    init: {},
    idle: 7,
    set: [11, unauthenticatedIdleSeconds],
  },
  { of: "a stream without limit", path: "/stream", init: {}, idle: 0, set: [0, unauthenticatedIdleSeconds] },
  { of: "events", path: "/events", init: {}, set: [0, unauthenticatedIdleSeconds] },
  {
    of: "events with an idle_timeout",
    path: "/events",
    init: {},
    idle: 7,
    set: [11, unauthenticatedIdleSeconds],
  },
])("forwarding() sets the idle timeouts of $of", async ({ path, init, idle, set }) => {
  const { request, exchange, idles } = asked(path, init);
  const forwarded = idle === undefined ? forward : forwardWith(idle);
  const answer = (await forwarded(request, exchange, path, FIELDS)) as Response;
  expect(answer.status).toBe(200);
  await answer.text();
  expect(idles).toEqual([...set]);
});

test("forwarding() streams larger answers instead of buffering them while more of them wait than the limit of requests", async () => {
  const given = async (path: string, pendingRequests: number) => {
    const request = new Request(`http://a${path}`);
    const exchange = exchangeOf({ user: "anna" }, request, { ...NO_CONNECTION, pendingRequests });
    const response = await forward(request, exchange, path, FIELDS);
    if (!(response instanceof Response)) throw new Error(response.text);
    const { size } = await response.blob();
    return [response instanceof StreamedResponse, size];
  };
  expect(await given("/large", 100)).toEqual([false, 20_000]);
  expect(await given("/large", 101)).toEqual([true, 20_000]);
  expect(await given("/whole", 101)).toEqual([false, 5]);
});

test("forwarding() rejects with a fault of this program, and leaves the limit once", async () => {
  let left = 0;
  const faulty = forwarding(
    upstream(OPTIONS, 100),
    null,
    { ...LIMIT, leave: () => void (left += 1) },
    () => {},
  );
  const { request, exchange } = asked("/whole");
  const fault = new Error("a fault");
  exchange.elapsed = () => {
    throw fault;
  };
  expect(await faulty(request, exchange, "/whole", FIELDS).catch((thrown: unknown) => thrown)).toBe(fault);
  expect(left).toBe(1);
});

test("forwarding() sets a longer idle timeout for a user after a stream", async () => {
  const { request, exchange, idles } = asked("/stream", {}, { user: "anna" });
  const answer = (await forward(request, exchange, "/stream", FIELDS)) as Response;
  await answer.text();
  expect(idles).toEqual([answerPause + 4, idleSeconds]);
});

test("forwarding() leaves the limit if a request can't even begin", async () => {
  let left = 0;
  const faulty = forwarding(
    upstream(OPTIONS, 100),
    null,
    { ...LIMIT, leave: () => void (left += 1) },
    () => {},
  );
  const { request, exchange } = asked("/whole", { method: "POST", body: "content" });
  // So that it can't be read again.
  request.body?.getReader();
  await expect(faulty(request, exchange, "/whole", FIELDS)).rejects.toThrow(/locked/);
  expect(left).toBe(1);
});

test("webSocketBridge() restores the idle timeout after the upstream's refusal", async () => {
  const headers = { "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": KEY };
  const { request, exchange, idles } = asked("/socket", { headers });
  const answer = (await bridge(request, exchange, "/socket", FIELDS)) as Response;
  expect([answer.status, await answer.text()]).toEqual([403, "no"]);
  expect(idles).toEqual([0, idleSeconds]);
});
