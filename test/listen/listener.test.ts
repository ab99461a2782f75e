import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ListenError } from "../../src/listen/listen-error.ts";
import { startListener, type Listener } from "../../src/listen/listener.ts";
import type { AppRoute } from "../../src/routes/route-kind.ts";
import { LIMITS } from "../../src/limits.ts";
import { counted } from "../support/counted.ts";
import { NO_NAME } from "../support/no-name.ts";
import { converse, exchange, flood, sendThenRead } from "../support/raw-socket.ts";
import { testApp } from "../support/send.ts";
import { listenOn } from "../support/seed-config.ts";
import type { ListenOptions } from "../../src/listen/listen-options.ts";

const MAX = 1000;
const echo: AppRoute = {
  methods: ["POST"],
  path: "/echo",
  handler: async (request) => new Response((await request.text()).length.toString()),
};
const stuck: AppRoute = { methods: ["GET"], path: "/stuck", handler: () => new Promise(() => {}) };
const ping: AppRoute = { methods: ["GET"], path: "/ping", handler: () => new Response("pong") };

async function listening(given: Partial<ListenOptions> = {}) {
  const app = testApp({ size: { maxSize: MAX }, routes: () => [ping, echo, stuck] });
  const observe = (one: (typeof app.observations)[number]) => void app.observations.push(one);
  const { serve, received } = counted(app.serve);
  const listener = await startListener(listenOn(given), serve, observe);
  return { app, listener, received, port: Number(new URL(listener.url).port) };
}

const refusedListen = (given: Partial<ListenOptions>) =>
  startListener(
    listenOn(given),
    () => new Response(),
    () => {},
  );
const head = (line: string, ...headers: string[]) => `${[line, "Host: a", ...headers].join("\r\n")}\r\n\r\n`;
const AUTH = "Authorization: Token token1";
const CHUNKED = "Transfer-Encoding: chunked";
const count = (text: string, part: string) => text.split(part).length - 1;

let port: number;
let listener: Listener;
beforeAll(async () => void ({ port, listener } = await listening()));
afterAll(async () => void (await listener.stop(0)));

describe("framing", () => {
  test("exactly the limit is accepted, declared and chunked, and the connection kept", async () => {
    const body = "x".repeat(MAX);
    const declared = head("POST /echo HTTP/1.1", AUTH, `Content-Length: ${MAX}`) + body;
    const chunked = `${head("POST /echo HTTP/1.1", AUTH, CHUNKED)}${MAX.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    const last = head("GET /ping HTTP/1.1", AUTH, "Connection: close");
    expect(await exchange(port, declared + last)).toMatch(
      /^HTTP\/1.1 200 OK[^]*\r\n\r\n1000HTTP\/1.1 200[^]*pong$/,
    );
    expect(await converse(port, chunked, (all) => all.endsWith("1000"))).toMatch(
      /^HTTP\/1.1 200 OK[^]*\r\n\r\n1000$/,
    );
  });

  test("a byte over the limit is refused with our own 413, and the connection kept", async () => {
    const declared = head("POST /echo HTTP/1.1", AUTH, `Content-Length: ${MAX + 1}`) + "x".repeat(MAX + 1);
    const last = head("HEAD /ping HTTP/1.1", AUTH, "Connection: close");
    const answers = await exchange(port, declared + last);
    expect(answers).toMatch(/^HTTP\/1.1 413 [^]*"Content too large","status":"error"}HTTP\/1.1 200 OK\r\n/);
    // RFC 9110 6.6.1: HEAD has a Date as well.
    expect(count(answers, "\r\nDate: ")).toBe(2);
  });

  test("content over the limit without a near end is refused with our own 413, for every length Bun can frame", async () => {
    const chunked = `${head("POST /echo HTTP/1.1", AUTH, CHUNKED)}${(MAX + 1).toString(16)}\r\n${"x".repeat(MAX + 1)}\r\n0\r\n\r\n`;
    const declared = [String(MAX + 1 + LIMITS.discardedContent), "9007199254740993", "99999999999999999"];
    const requests = [
      chunked,
      ...declared.map((size) => head("POST /echo HTTP/1.1", AUTH, `Content-Length: ${size}`)),
    ];
    for (const request of requests) {
      const answer = await exchange(port, request);
      expect(answer).toStartWith("HTTP/1.1 413 ");
      expect(answer).toContain("\r\nConnection: close\r\n");
      expect(answer).toEndWith('\r\n\r\n{"text":"Content too large","status":"error"}');
    }
  });

  test("a client that sends all its content before it reads learns why it was refused, and keeps its connection", async () => {
    const size = 4 * 1024 * 1024;
    const upload = head("POST /echo HTTP/1.1", AUTH, `Content-Length: ${size}`) + "x".repeat(size);
    const received = await sendThenRead(port, upload + head("GET /ping HTTP/1.1", AUTH, "Connection: close"));
    expect(received).toMatch(
      /^HTTP\/1.1 413 [^]*"Content too large","status":"error"}HTTP\/1.1 200 OK\r\n[^]*pong$/,
    );
    expect(count(received, "HTTP/1.1")).toBe(2);
  });

  test("two equal Content-Length lines are refused", async () => {
    const twice = head("POST /echo HTTP/1.1", AUTH, "Content-Length: 5", "Content-Length: 5");
    const answer = await exchange(port, `${twice}hello`);
    expect(answer).toStartWith("HTTP/1.1 400 ");
    expect(answer).toEndWith('{"text":"Invalid content-length header","status":"error"}');
  });

  test("a refused client with content in the limit sees the answer and keeps the connection", async () => {
    const refused = head("POST /echo HTTP/1.1", `Content-Length: ${MAX}`) + "x".repeat(MAX);
    const last = head("GET /ping HTTP/1.1", AUTH, "Connection: close");
    expect(await exchange(port, refused + last)).toMatch(
      /^HTTP\/1.1 401 [^]*"error"\}HTTP\/1.1 200 OK[^]*pong$/,
    );
  });

  test("pipelined requests are answered in order", async () => {
    const three =
      head("GET /ping HTTP/1.1", AUTH) +
      head("GET /ping HTTP/1.1") +
      head("GET /x HTTP/1.1", AUTH, "Connection: close");
    expect((await exchange(port, three)).match(/HTTP\/1.1 \d+/g)).toEqual([
      "HTTP/1.1 200",
      "HTTP/1.1 401",
      "HTTP/1.1 404",
    ]);
  });

  test("two Authorization lines are refused whichever of them is good", async () => {
    for (const lines of [
      [AUTH, "Authorization: Token x"],
      [AUTH, AUTH],
    ]) {
      const answer = await exchange(port, head("GET /ping HTTP/1.1", ...lines, "Connection: close"));
      expect(answer).toStartWith("HTTP/1.1 403 ");
      expect(answer).toContain("Invalid authorization header");
    }
  });

  test.each(["", " "])("the empty Host %p neither breaks nor opens anything", async (host) => {
    const request = (path: string, ...headers: string[]) =>
      `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${[...headers, "Connection: close"].join("\r\n")}\r\n\r\n`;
    expect(await exchange(port, request("/ping"))).toStartWith("HTTP/1.1 401 ");
    expect(await exchange(port, request("/ping?x#y", AUTH))).toStartWith("HTTP/1.1 200 ");
    expect(await exchange(port, request("/x/../ping", AUTH))).toStartWith("HTTP/1.1 200 ");
    expect(await exchange(port, request("/ping", AUTH, CHUNKED))).toStartWith("HTTP/1.1 400 ");
  });

  test("HTTP/1.0 without Host is answered", async () => {
    expect(await exchange(port, `GET /ping HTTP/1.0\r\n${AUTH}\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 200 OK[^]*pong$/,
    );
  });
});

describe("endless content is never read without bound", () => {
  const MOST = 4 * 1024 * 1024;
  const chunk = `1000\r\n${"x".repeat(0x1000)}\r\n`;
  const rows: [string, string, number][] = [
    ["a bad token", head("POST /echo HTTP/1.1", "Authorization: Token bad", CHUNKED), 403],
    ["no token", head("POST /echo HTTP/1.1", CHUNKED), 401],
    ["a route that reads", head("POST /echo HTTP/1.1", AUTH, CHUNKED), 413],
    ["a good token and a route that ignores its content", head("GET /ping HTTP/1.1", AUTH, CHUNKED), 200],
    ["a GET with a bad token", head("GET /ping HTTP/1.1", "Authorization: Token bad", CHUNKED), 403],
    ["a HEAD with no token", head("HEAD /ping HTTP/1.1", CHUNKED), 401],
    ["an unknown path", head("PUT /x HTTP/1.1", AUTH, CHUNKED), 404],
    ["a method that is not allowed", head("DELETE /ping HTTP/1.1", AUTH, CHUNKED), 405],
    ["an OPTIONS", head("OPTIONS /ping HTTP/1.1", CHUNKED), 401],
    ["an invalid Host", `POST /echo HTTP/1.1\r\nHost: a b\r\n${CHUNKED}\r\n\r\n`, 400],
    ["a huge length and no token", head("POST /echo HTTP/1.1", "Content-Length: 100000000000"), 413],
    ["a GET with a huge length", head("GET /ping HTTP/1.1", AUTH, "Content-Length: 100000000000"), 413],
  ];
  test.each(rows)("%s", async (_, request, status) => {
    const { received, taken, ended } = await flood(port, request, chunk, MOST);
    expect(ended).toBe(true);
    expect(taken).toBeLessThan(MOST);
    expect(received).toStartWith(`HTTP/1.1 ${status} `);
  });
});

describe("startListener()", () => {
  test("gives a 500 that shows nothing where an answer can't be sent", async () => {
    const seen: unknown[] = [];
    const broken = await startListener(
      listenOn(),
      () => undefined as unknown as Response,
      (one) => seen.push(one),
    );
    const bad = await startListener(
      listenOn(),
      () => {
        throw new Error("the cause");
      },
      (one) => seen.push(one),
    );
    const response = await fetch(bad.url);
    expect([response.status, await response.text()]).toEqual([
      500,
      '{"text":"Internal server error","status":"error"}',
    ]);
    expect(seen).toMatchObject([{ kind: "uncaught" }]);
    await Promise.all([broken.stop(0), bad.stop(0)]);
  });

  const faults: [string, Partial<ListenOptions>, string][] = [
    [
      "a host not to be resolved",
      { host: NO_NAME, port: 0 },
      `c:1:1: server.http.host ${NO_NAME} can't be resolved; set a name or an address of this machine`,
    ],
    [
      "an address of another machine",
      { host: "192.0.2.1", port: 0 },
      "c:1:1: server.http.host 192.0.2.1 is not an address of this machine; set one of its own, or 0.0.0.0 for all",
    ],
  ];
  test.each(faults)("says in one sentence what is wrong with %s", async (_, options, text) => {
    await expect(refusedListen(options)).rejects.toThrow(new ListenError(text));
  });

  test("says that a port is taken", async () => {
    const text = `c:1:2: server.http.port ${port} on 127.0.0.1 is taken by another program; ss -ltnp 'sport = :${port}' shows which; stop it or set another port`;
    await expect(refusedListen({ port })).rejects.toThrow(new ListenError(text));
  });

  test("stops at once where only half a head was sent", async () => {
    const own = await listening();
    const half = exchange(own.port, "GET /ping HTTP/1.1\r\nHost:");
    await fetch(own.listener.url);
    expect(await own.listener.stop(60_000)).toBe(0);
    expect(await half).toBe("");
  });

  test("counts what it cuts off at the deadline", async () => {
    const own = await listening();
    const cut = exchange(own.port, head("GET /stuck HTTP/1.1", AUTH));
    await own.received(1);
    expect(await own.listener.stop(20)).toBe(1);
    expect(await cut).toBe("");
  });
});

test("every exchange of a connection is observed once", async () => {
  const own = await listening();
  const two = head("GET /ping HTTP/1.1", AUTH) + head("GET /ping HTTP/1.1", "Connection: close");
  expect(count(await exchange(own.port, two), "HTTP/1.1 ")).toBe(2);
  expect(own.app.observations.map(({ kind }) => kind)).toEqual(["answered", "refused"]);
  await own.listener.stop(0);
});
