import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect } from "node:http2";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, test } from "bun:test";
import { loadConfig } from "../../src/config/load-config.ts";
import { appRoutes } from "../../src/routes/route-kinds.ts";
import { startServer, SYSTEM_CLOCK, type Server } from "../../src/server/server.ts";
import { certified } from "../support/certificates.ts";
import { configFile } from "../support/config-file.ts";
import { rawClient } from "../support/raw-connection.ts";
import { answerBytes, sharedUpstream } from "../support/raw-upstream.ts";
import {
  accepting,
  closing,
  frame,
  handshake,
  OPCODE,
  rawConnect,
  rawServer,
} from "../support/raw-websocket.ts";
import { recordOf, testStore, type TestStore } from "../support/test-store.ts";

const upstream = sharedUpstream();
const sockets = await rawServer();
const { write, folder } = configFile();
let server: Server | null = null;
let store: TestStore;
let time = 1000;

afterAll(() => sockets.close());
beforeEach(async () => {
  upstream.plays(() => {});
  time = 1000;
  store = testStore(recordOf("token2", { expires: 5000 }), recordOf("token3", {}, "zZ000000"));
  const clock = { ...SYSTEM_CLOCK, now: () => time };
  server = await startServer(configOf(["token1"]), appRoutes, { database: () => store }, clock);
});
afterEach(async () => {
  await server?.stop(0);
  server = null;
});

function configOf(allowed_tokens: readonly string[], given: object = {}) {
  const routes = [
    { path: "/sockets", proxy: `http://127.0.0.1:${sockets.port}` },
    { path: "/*", proxy: upstream.url },
  ];
  const http = { port: 0, allowed_tokens, token_store: "sqlite:tokens.db", routes, ...given };
  const log = { level: [{ logger: "server_logger", level: "CRITICAL" }] };
  return loadConfig(write({ server: { http }, log })).config;
}
const port = () => Number(new URL(String(server?.url)).port);

/** A stream of a token that has begun, and the connection of its upstream. */
async function streamed(token: string, number = 1) {
  const client = await rawClient(port());
  client.write(`GET /events HTTP/1.1\r\nHost: gate\r\nAuthorization: Token ${token}\r\n\r\n`);
  const { connection } = await upstream.requested(number);
  connection.write(answerBytes(200, ["Content-Type: text/event-stream"], "data: 1\n\n"));
  await client.sees("data: 1\n\n");
  return { client, connection };
}

const withdrawals: [string, () => void | Promise<void>][] = [
  ["revoked", () => store.put(recordOf("token2", { revoked: true }))],
  ["disabled", () => store.put(recordOf("token2", { disabled: true }))],
  ["expired", () => void (time = 5000)],
  ["bound to another network", () => store.put(recordOf("token2", { from: ["10.0.0.0/8"] }))],
];
test.each(withdrawals)("startServer() cuts a stream whose token is %s, and no other", async (_, withdraw) => {
  const { client, connection } = await streamed("token2");
  const other = await streamed("token3", 2);
  await withdraw();
  // Without the last chunk, so that the client can tell.
  await client.closed;
  expect(client.received).not.toContain("\r\n0\r\n\r\n");
  await connection.closed;
  other.connection.write("data: 2\n\n");
  await other.client.sees("data: 2\n\n");
  expect(server?.inFlight()).toBe(1);
});

test("startServer() cuts the stream of a client that reads nothing", async () => {
  const { client, connection } = await streamed("token2");
  client.pause();
  const piece = "x".repeat(65_536);
  for (let sent = 0; sent < 128; sent += 1) connection.write(piece);
  store.put(recordOf("token2", { revoked: true }));
  await connection.closed;
  expect(server?.inFlight()).toBe(0);
  client.resume();
  await client.closed;
});

test("startServer() cuts the stream of a token that a reload removes from the config, but none while its store is away", async () => {
  const { client, connection } = await streamed("token1");
  const known = await streamed("token2", 2);
  store.become({ kind: "away" });
  await server?.reload(configOf(["token9"]));
  connection.write("data: 2\n\n");
  await client.sees("data: 2\n\n");
  store.become({ kind: "connected" });
  await client.closed;
  await connection.closed;
  known.connection.write("data: 2\n\n");
  await known.client.sees("data: 2\n\n");
});

test("startServer() closes the WebSocket of a token that is revoked with 1008 on both sides", async () => {
  const client = rawConnect(port(), handshake("/sockets", "Authorization: Token token2"));
  const { peer, head } = await sockets.next();
  peer.write(accepting(head));
  expect(await client.head()).toStartWith("HTTP/1.1 101 ");
  peer.write(frame(OPCODE.text, "hello", false));
  expect((await client.frame())?.data.toString()).toBe("hello");
  store.put(recordOf("token2", { revoked: true }));
  const end = closing(1008, "token withdrawn");
  expect(await client.frame()).toMatchObject({ opcode: OPCODE.close, data: end });
  expect(await peer.frame()).toMatchObject({ opcode: OPCODE.close, data: end });
  await client.ended();
  peer.write(frame(OPCODE.close, end, false));
  await peer.ended();
});

test("startServer() ends the WebSocket of a revoked token whose client reads nothing", async () => {
  const client = rawConnect(port(), handshake("/sockets", "Authorization: Token token2"));
  const { peer, head } = await sockets.next();
  peer.write(accepting(head));
  await client.head();
  client.socket.pause();
  peer.write(frame(OPCODE.binary, Buffer.alloc(15_000_000), false));
  peer.write(frame(OPCODE.ping, "all was read", false));
  peer.write(frame(OPCODE.binary, Buffer.alloc(15_000_000), false));
  store.put(recordOf("token2", { revoked: true }));
  expect(await peer.frame()).toMatchObject({ opcode: OPCODE.close, data: closing(1008, "token withdrawn") });
  client.socket.resume();
  await client.ended();
});

test("startServer() resets the HTTP/2 stream of a token that is revoked, and keeps its connection", async () => {
  await server?.stop(0);
  const { cert, key } = certified("gate");
  writeFileSync(join(folder, "cert.pem"), cert);
  writeFileSync(join(folder, "key.pem"), key);
  const config = configOf([], { http2: true, tls: { cert: "cert.pem", key: "key.pem" } });
  server = await startServer(config, appRoutes, { database: () => store });
  store.put(recordOf("token2"));
  const session = connect(server.url, { ca: cert });
  const stream = session.request({ ":path": "/events", authorization: "Token token2" });
  const { connection } = await upstream.requested(1);
  connection.write(answerBytes(200, ["Content-Type: text/event-stream"], "data: 1\n\n"));
  await once(stream, "data");
  const closed = new Promise((resolve) => stream.on("error", () => {}).on("close", resolve));
  store.put(recordOf("token2", { revoked: true }));
  await closed;
  expect(stream.rstCode).not.toBe(0);
  await connection.closed;
  expect(session.closed).toBe(false);
  session.destroy();
});
