import { afterAll, afterEach, beforeEach, expect, test } from "bun:test";
import { loadConfig } from "../../src/config/load-config.ts";
import { appRoutes } from "../../src/routes/route-kinds.ts";
import { startServer, SYSTEM_CLOCK, type Server } from "../../src/server/server.ts";
import { configFile } from "../support/config-file.ts";
import { rawClient, type RawConnection } from "../support/raw-connection.ts";
import { answer, statusOf, type RawMessage } from "../support/raw-message.ts";
import { answerBytes, OK, sharedUpstream } from "../support/raw-upstream.ts";
import { handshake, rawConnect, rawServer } from "../support/raw-websocket.ts";
import { recordOf, testStore, type TestStore } from "../support/test-store.ts";

const upstream = sharedUpstream();
const sockets = await rawServer();
const { write } = configFile();
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

function configOf(allowed_tokens: readonly string[]) {
  const routes = [
    { path: "/sockets", proxy: `http://127.0.0.1:${sockets.port}` },
    { path: "/*", proxy: upstream.url, max_size: 100_000_000 },
  ];
  const auth_scheme = ["Token", "Bearer"];
  const http = { port: 0, allowed_tokens, auth_scheme, token_store: "sqlite:tokens.db", routes };
  const log = { level: [{ logger: "server_logger", level: "CRITICAL" }] };
  return loadConfig(write({ server: { http }, log })).config;
}
const port = () => Number(new URL(String(server?.url)).port);
const revoke = () => store.put(recordOf("token2", { revoked: true }));

function requestOf(credentials: string, lines: readonly string[] = [], method = "GET"): string {
  return `${[`${method} /slow HTTP/1.1`, "Host: gate", `Authorization: ${credentials}`, ...lines].join("\r\n")}\r\n\r\n`;
}

/** The content of the refusal. */
const UNKNOWN = '{"text":"Token doesn\'t exist","status":"error"}';

/** A request that has reached the upstream, with the part of its content that was sent. */
async function waiting(request: string, content = "") {
  const client = await rawClient(port());
  client.write(request + content);
  const reached = await upstream.requested(upstream.requests.length + 1);
  if (content !== "") await reached.connection.sees(content);
  return { client, connection: reached.connection, received: reached.content };
}

/** What two answers have in common if they are the same refusal. */
function shown({ start, lines, content }: RawMessage) {
  return { start, lines: lines.filter((line) => !/^date:/i.test(line)).toSorted(), content };
}

/** Sends a new request over the connection, and takes its answer. */
async function next(client: RawConnection, credentials: string): Promise<RawMessage> {
  client.write(requestOf(credentials));
  return await answer(client);
}

const withdrawals: [string, string, () => unknown][] = [
  ["is revoked", "token2", revoke],
  ["is disabled", "token2", () => store.put(recordOf("token2", { disabled: true }))],
  ["expires", "token2", () => (time = 5000)],
  ["is removed by a reload", "token1", () => server?.reload(configOf(["token9"]))],
];
test.each(withdrawals)(
  "startServer() refuses a request that waits while its token %s",
  async (_, token, withdraw) => {
    const { client, connection } = await waiting(requestOf(`Token ${token}`));
    const other = await waiting(requestOf("Token token3"));
    await withdraw();
    const refused = await answer(client);
    expect(await connection.closed).toBe("reset");
    expect([refused.start, refused.content]).toEqual(["HTTP/1.1 403 Forbidden", UNKNOWN]);
    expect(refused.values("connection")).toEqual([]);
    expect(shown(await next(client, `Token ${token}`))).toEqual(shown(refused));
    expect([server?.inFlight(), upstream.requests.length]).toEqual([1, 2]);
    other.connection.write(OK);
    expect((await answer(other.client)).content).toBe("ok");
  },
);

test("startServer() refuses with the challenge of the scheme that the waiting request used", async () => {
  const { client } = await waiting(requestOf("Bearer token2"));
  revoke();
  const refused = await answer(client);
  expect(statusOf(refused)).toBe(401);
  expect(refused.values("www-authenticate").join()).toContain('error="invalid_token"');
  expect(shown(await next(client, "Bearer token2"))).toEqual(shown(refused));
});

test("startServer() refuses a request whose short answer is incomplete when its token is revoked", async () => {
  const { client, connection } = await waiting(requestOf("Token token2"));
  connection.write(answerBytes(200, ["Content-Length: 10"], "12345"));
  revoke();
  expect(statusOf(await answer(client))).toBe(403);
  expect(await connection.closed).toBe("reset");
});

test("startServer() refuses an upload whose token is revoked, and still takes the rest of it", async () => {
  const { client, connection } = await waiting(
    requestOf("Token token2", ["Content-Length: 10"], "POST"),
    "12345",
  );
  const other = await waiting(requestOf("Token token3", ["Content-Length: 10"], "POST"), "abcde");
  revoke();
  const refused = await answer(client);
  expect([statusOf(refused), refused.content, refused.values("connection")]).toEqual([403, UNKNOWN, []]);
  expect(await connection.closed).toBe("reset");
  client.write("67890");
  expect((await next(client, "Token token2")).start).toBe(refused.start);
  other.client.write("fghij");
  expect(await other.received()).toBe("abcdefghij");
  other.connection.write(OK);
  expect((await answer(other.client)).content).toBe("ok");
});

test.each([
  ["unknown", "Transfer-Encoding: chunked", "5\r\n12345\r\n"],
  ["far away", "Content-Length: 20000000", "12345"],
])(
  "startServer() closes the connection of a revoked token's upload whose end is %s",
  async (_, framing, content) => {
    const { client, connection } = await waiting(requestOf("Token token2", [framing], "POST"), content);
    revoke();
    const refused = await answer(client);
    expect([statusOf(refused), refused.values("connection")]).toEqual([403, ["close"]]);
    expect(await connection.closed).toBe("reset");
    await client.closed;
  },
);

test("startServer() refuses a WebSocket that its upstream has not answered when its token is revoked", async () => {
  const client = rawConnect(port(), handshake("/sockets", "Authorization: Token token2"));
  const other = rawConnect(port(), handshake("/sockets", "Authorization: Token token3"));
  const peers = [await sockets.next(), await sockets.next()];
  const [own, others] = peers[0]?.head.includes("zZ000000") ? peers.toReversed() : peers;
  revoke();
  expect(await client.head()).toStartWith("HTTP/1.1 403 ");
  await own?.peer.ended();
  expect(server?.inFlight()).toBe(1);
  others?.peer.write("HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n");
  expect(await other.head()).toStartWith("HTTP/1.1 418 ");
});
