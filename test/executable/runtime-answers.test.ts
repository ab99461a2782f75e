import { expect, test } from "bun:test";
import { join } from "node:path";
import { connect, type ConnectionOptions } from "node:tls";
import { certified } from "../support/certificates.ts";
import {
  DATA,
  frame,
  GOAWAY,
  HEADERS,
  rawHttp2,
  RST_STREAM,
  type Frame,
  type RawHttp2,
} from "../support/raw-http2.ts";
import { exchange } from "../support/raw-socket.ts";
import { configWith, folderWith, start, type Program } from "../support/program.ts";

// What the runtime (Bun 1.4.5) answers before token-server is asked: each row of the table in docs/running.md. Where one
// of these fails after an update of the runtime, that table has to change as well.

const HOST = "Host: a\r\n";
const AUTH = "Authorization: Token token1\r\n";
const withHead = (...lines: readonly string[]) =>
  `POST /ping HTTP/1.1\r\n${HOST}${AUTH}${lines.map((line) => `${line}\r\n`).join("")}\r\n`;
const withTarget = (line: string) => `${line}\r\n${HOST}${AUTH}\r\n`;

const BAD = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
const VERSION = "HTTP/1.1 505 HTTP Version Not Supported\r\nConnection: close\r\n\r\n";
const TOO_LARGE = "HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n";
const NOTHING = "";
/** As RST_STREAM and GOAWAY carry it. */
const PROTOCOL_ERROR = "00000001";

const rows: [string, string, string][] = [
  ["no Host", `GET /ping HTTP/1.1\r\n${AUTH}\r\n`, BAD],
  ["a header without a colon", withHead("colon"), BAD],
  ["a space before the colon", withHead("X : y"), BAD],
  ["a folded header", withHead("X: y", " z"), BAD],
  ["a control byte in a header", withHead("X: \x00"), BAD],
  ["a bare line feed", withHead("X: y\nZ: z"), BAD],
  ["an empty line before the request", `\r\n${withTarget("GET /ping HTTP/1.1")}`, BAD],
  ["a length that is no number", withHead("Content-Length: abc"), BAD],
  ["a negative length", withHead("Content-Length: -1"), BAD],
  ["a length of 2^59", withHead(`Content-Length: ${2n ** 59n}`), BAD],
  ["two lengths", withHead("Content-Length: 1", "Content-Length: 2"), BAD],
  ["a length and a coding", withHead("Content-Length: 1", "Transfer-Encoding: chunked"), BAD],
  ["an unknown coding", withHead("Transfer-Encoding: gzip"), BAD],
  ["a target without a slash", withTarget("GET ping HTTP/1.1"), BAD],
  ["a target of another scheme", withTarget("GET ftp://a/ping HTTP/1.1"), BAD],
  ["the target *", withTarget("OPTIONS * HTTP/1.1"), BAD],
  ["what is no HTTP", "\x16\x03\x01\x00\xa5\x01\r\n\r\n", BAD],
  ["a control byte in the target", withTarget("GET /\x01 HTTP/1.1"), VERSION],
  ["no version", withTarget("GET /ping"), VERSION],
  ["another version", withTarget("GET /ping HTTP/1.2"), VERSION],
  ["a head over 16 KB", withHead(`X: ${"x".repeat(16 * 1024)}`), TOO_LARGE],
  ["a target over 16 KB", withTarget(`GET /${"x".repeat(16 * 1024)} HTTP/1.1`), TOO_LARGE],
  ["more than 198 lines", withHead(...Array.from({ length: 197 }, () => "X: y")), TOO_LARGE],
  ["an unknown method", withTarget("FOO /ping HTTP/1.1"), NOTHING],
  ["a method in lower case", withTarget("get /ping HTTP/1.1"), NOTHING],
];

/** The lines of the log that a request can cause, from the name of the logger on. */
const lines = ({ out }: Program) => out().match(/\{server_logger(\.\w+\}|\}: (DEBUG|ERROR):).*/g);

/** Asks with a good token, and expects that nothing but this is logged and counted. */
async function expectNoTrace(server: Program, tls?: BunFetchRequestInitTLS): Promise<void> {
  const headers = { Authorization: "Token token1" };
  const pong = await fetch(`${server.url}/ping`, tls === undefined ? { headers } : { headers, tls });
  expect(pong.status).toBe(200);
  await server.wrote("GET /ping 200");
  expect(lines(server)).toEqual([
    "{server_logger}: DEBUG: -> Received PING",
    expect.stringContaining("GET /ping 200"),
  ]);
  const unix = join(server.folder, "admin.sock");
  const metrics = await (await fetch("http://localhost/metrics", { unix })).text();
  expect(metrics.match(/^token_server_requests_total.*$/gm)).toEqual([
    'token_server_requests_total{route="/ping",method="GET",status="200"} 1',
  ]);
  expect(metrics).not.toMatch(/^token_server_refusals_total.* [1-9]/m);
  const { code, err } = await server.stop();
  expect([code, err]).toEqual([0, ""]);
}

const starting = async (http: object) => {
  const { server, log } = configWith(http);
  return await start({ server: { ...server, admin: { unix: "admin.sock" } }, log });
};

test.concurrent(
  "HTTP/1.1 that the runtime answers by itself leaves no JSON, log line or metric",
  async () => {
    const server = await starting({});
    const answers = rows.map(async ([name, bytes]) => [name, await exchange(server.port, bytes)]);
    expect(await Promise.all(answers)).toEqual(rows.map(([name, , answer]) => [name, answer]));
    await expectNoTrace(server);
  },
);

test.concurrent("HTTP/2 that the runtime answers by itself leaves no JSON, log line or metric", async () => {
  const server = await starting({ http2: true });
  const answerTo = async (send: (client: RawHttp2) => void) => {
    const client = await rawHttp2(server.port);
    const isAnswer = ({ type }: Frame) => [HEADERS, RST_STREAM, GOAWAY].includes(type);
    send(client);
    await client.until((frames) => frames.some(isAnswer));
    client.terminate();
    const { type, payload } = client.frames.find(isAnswer) ?? {};
    return [type, payload?.toString("hex")];
  };
  const many = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`x${index}`, "y"]));
  // The status comes first, in the code of RFC 7541.
  const status = (code: string) => [HEADERS, expect.stringMatching(new RegExp(`^48${code}`))];
  expect(await answerTo((client) => client.request(many))).toEqual(status("836990ff"));
  expect(await answerTo((client) => client.request({ ":method": "FOO" }))).toEqual(status("826c01"));
  for (const field of [
    { ":path": "*" },
    { "X-Upper": "y" },
    { connection: "close" },
    { "content-length": "y" },
  ])
    expect(await answerTo((client) => client.request(field))).toEqual([RST_STREAM, PROTOCOL_ERROR]);
  const data = frame(DATA, 0, 1, Buffer.from("x"));
  expect(await answerTo(({ write }) => write(data))).toEqual([GOAWAY, `00000000${PROTOCOL_ERROR}`]);
  await expectNoTrace(server);
});

test.concurrent("a failed TLS handshake leaves no answer, log line or metric", async () => {
  const [own, clients] = [certified("own"), certified("clients")];
  const [known, unknown] = [certified("known", { issuer: clients }), certified("unknown")];
  const folder = folderWith({ "cert.pem": own.cert, "key.pem": own.key, "clients.pem": clients.cert });
  const inFolder = (name: string) => join(folder, name);
  const server = await starting({
    tls: { cert: inFolder("cert.pem"), key: inFolder("key.pem"), client_ca: inFolder("clients.pem") },
  });
  const received = async (options: ConnectionOptions) => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const socket = connect({ host: "127.0.0.1", port: server.port, rejectUnauthorized: false, ...options });
    let text = "";
    socket.on("data", (bytes) => void (text += bytes));
    socket.on("error", () => {}).on("close", () => resolve(text));
    socket.write(withTarget("GET /ping HTTP/1.1"));
    return await promise;
  };
  expect(await received({})).toBe(NOTHING);
  expect(await received(unknown)).toBe(NOTHING);
  expect(await received({ ...known, maxVersion: "TLSv1.1", minVersion: "TLSv1" })).toBe(NOTHING);
  expect(await received({ ...known, ciphers: "AES128-SHA", maxVersion: "TLSv1.2" })).toBe(NOTHING);
  expect(await exchange(server.port, withTarget("GET /ping HTTP/1.1"))).toBe(NOTHING);
  await expectNoTrace(server, { ca: own.cert, ...known });
});

test.concurrent(
  "a head that does not end leaves no answer, log line or metric",
  async () => {
    const server = await starting({});
    const heads = ["", "GET /ping", `GET /ping HTTP/1.1\r\n${HOST}${AUTH}`];
    expect(await Promise.all(heads.map((head) => exchange(server.port, head)))).toEqual(["", "", ""]);
    await expectNoTrace(server);
  },
  30_000,
);

test.concurrent(
  "content that breaks its framing once it was answered gets a second answer, a bare one",
  async () => {
    const server = await start();
    const chunked = withHead("Transfer-Encoding: chunked");
    for (const content of ["zz\r\nab\r\n", "0\r\nTrailer: x\r\n\r\n"]) {
      const answers = await exchange(server.port, chunked + content);
      expect(answers).toStartWith("HTTP/1.1 405 ");
      expect(answers).toEndWith(`{"text":"Method not allowed","status":"error"}${BAD}`);
    }
    await server.stop();
  },
);

test.concurrent("the runtime sends 100 Continue before the answer", async () => {
  const server = await start();
  const head = withHead("Expect: 100-continue", "Content-Length: 1", "Connection: close");
  expect(await exchange(server.port, head)).toStartWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 405 ");
  await server.stop();
});
