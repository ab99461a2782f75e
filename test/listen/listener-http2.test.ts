import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { connect, type ClientHttp2Session, type OutgoingHttpHeaders } from "node:http2";
import { startListener, type Listener } from "../../src/listen/listener.ts";
import { counted } from "../support/counted.ts";
import { certified, type Certified } from "../support/certificates.ts";
import { listenOn } from "../support/seed-config.ts";
import { testApp } from "../support/send.ts";
import type { AppRoute } from "../../src/routes/route-kind.ts";

const MAX = 1000;
const routes: AppRoute[] = [
  { methods: ["GET"], path: "/ping", handler: () => new Response("pong") },
  { methods: ["POST"], path: "/ping", handler: () => new Response("unread") },
  {
    methods: ["POST"],
    path: "/echo",
    handler: async (request) => new Response(String((await request.text()).length)),
  },
  { methods: ["GET"], path: "/stuck", handler: () => new Promise(() => {}) },
];
const AUTH = { authorization: "Token token1" };

let issuer: Certified;
let listener: Listener;
const sessions: ClientHttp2Session[] = [];
beforeAll(async () => {
  issuer = certified("one");
  listener = await listening();
});
afterEach(() => sessions.splice(0).forEach((session) => session.destroy()));
afterAll(async () => void (await listener.stop(0)));

const app = testApp({ size: { maxSize: MAX }, routes: () => routes });

async function listening(serve = app.serve): Promise<Listener> {
  const tls = { ...issuer, clientCa: null };
  return await startListener(listenOn({ tls, http2: true }), serve, () => {}, 20);
}

function open(url = listener.url): ClientHttp2Session {
  const session = connect(url, { ca: issuer.cert }).on("error", () => {});
  sessions.push(session);
  return session;
}

interface Exchanged {
  readonly status: number | undefined;
  readonly content: string;
  /** Why the stream ended: 0 where nothing was wrong. */
  readonly code: number | undefined;
  /** Bytes that were taken from us. */
  readonly taken: number;
}

/** One exchange. Sends so many bytes of content, in pieces, for as long as the stream is open. */
async function exchange(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  size = 0,
): Promise<Exchanged> {
  const stream = session.request(headers, { endStream: size === 0 });
  let status: number | undefined;
  let content = "";
  let taken = 0;
  stream.on("response", (answer) => void (status = answer[":status"]));
  stream.on("data", (data) => void (content += data));
  stream.on("error", () => {});
  const end = new Promise((resolve) => stream.once("close", resolve));
  const piece = Buffer.alloc(Math.min(size, 16384));
  while (taken < size && !stream.closed) {
    const drained = new Promise((resolve) => stream.write(piece, resolve));
    await Promise.race([drained, end]);
    taken += piece.length;
  }
  if (size > 0 && !stream.closed) stream.end();
  await end;
  return { status, content, code: stream.rstCode, taken };
}

const post = (path: string, headers: OutgoingHttpHeaders = {}) => ({
  ":method": "POST",
  ":path": path,
  ...headers,
});
const TOO_LARGE = '{"text":"Content too large","status":"error"}';

describe("HTTP/2", () => {
  test("is answered as HTTP/1.1 is, refusals too, and the connection kept", async () => {
    const session = open();
    const get = (headers: OutgoingHttpHeaders) => exchange(session, { ":path": "/ping", ...headers });
    expect(await get(AUTH)).toMatchObject({ status: 200, content: "pong", code: 0 });
    expect(await get({})).toMatchObject({ status: 401, code: 0 });
    expect(await get({ authorization: "Token none" })).toMatchObject({ status: 403, code: 0 });
    expect(await exchange(session, post("/echo"), 100)).toMatchObject({ status: 401, code: 0 });
    expect(await exchange(session, post("/echo", { ...AUTH, "content-length": 100 }), 100)).toMatchObject({
      status: 200,
      content: "100",
    });
    expect(session.closed).toBe(false);
    const plain = await fetch(`${listener.url}/ping`, { headers: AUTH, tls: { ca: issuer.cert } });
    expect(await plain.text()).toBe("pong");
  });

  test("content over the limit is refused, declared or not, and no more of it read", async () => {
    const session = open();
    const declared = post("/echo", { ...AUTH, "content-length": MAX + 1 });
    expect(await exchange(session, declared, MAX + 1)).toMatchObject({ status: 413, content: TOO_LARGE });
    expect(await exchange(session, post("/echo", AUTH), MAX)).toMatchObject({ status: 200, content: "1000" });
    expect(await exchange(session, post("/echo", AUTH), MAX + 1)).toMatchObject({
      status: 413,
      content: TOO_LARGE,
    });
  });

  const MOST = 8 * 1024 * 1024;
  const endless: [string, OutgoingHttpHeaders, number][] = [
    ["a bad token", post("/echo", { authorization: "Token bad" }), 403],
    ["no token", post("/echo"), 401],
    ["a route that reads", post("/echo", AUTH), 413],
    ["a route that ignores its content", post("/ping", AUTH), 200],
    ["a GET", { ":path": "/ping", ...AUTH }, 200],
    ["a huge length", post("/echo", { "content-length": 1e11 }), 413],
  ];
  test.each(endless)("endless content is never read without bound: %s", async (_, headers, status) => {
    const { taken, status: seen } = await exchange(open(), headers, 1e11);
    expect(taken).toBeLessThan(MOST);
    expect(seen).toBe(status);
  });

  test("stop() lets streams finish and ends the idle connections", async () => {
    const { serve, received } = counted(app.serve);
    const own = await listening(serve);
    const [idle, busy] = [open(own.url), open(own.url)];
    await exchange(idle, { ":path": "/ping", ...AUTH });
    const stuck = exchange(busy, { ":path": "/stuck", ...AUTH });
    await received(2);
    const closed = new Promise((resolve) => idle.once("close", resolve));
    const stopped = own.stop(50);
    await closed;
    expect(await stopped).toBe(1);
    expect((await stuck).status).toBeUndefined();
  });

  test("a renewal asks its clients to reconnect", async () => {
    const own = await listening();
    const session = open(own.url);
    const away = new Promise((resolve) => session.once("goaway", resolve));
    await exchange(session, { ":path": "/ping", ...AUTH });
    await own.renew({ ...certified("two"), clientCa: null });
    expect(await away).toBe(0);
    await own.stop(0);
  });
});
