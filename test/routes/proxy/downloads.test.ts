import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { FetchHandler } from "../../../src/http/handler.ts";
import { startListener, type Listener } from "../../../src/listen/listener.ts";
import type { ListenOptions } from "../../../src/listen/listen-options.ts";
import { forwarding } from "../../../src/routes/proxy/forwarding.ts";
import { upstream } from "../../../src/upstream/upstream.ts";
import { randomText, urlOf } from "../../support/carrying.ts";
import { certified } from "../../support/certificates.ts";
import { exchangeOf } from "../../support/exchange.ts";
import { DATA, END_STREAM, frame, rawHttp2, WINDOW_UPDATE } from "../../support/raw-http2.ts";
import { sharedUpstream } from "../../support/raw-upstream.ts";
import { listenOn } from "../../support/seed-config.ts";

const { cert, key } = certified("localhost");
const origin = sharedUpstream();
/** What it sends. Random, so that freed memory can't hold the same. */
let content: string;
const listeners: Listener[] = [];

beforeAll(() => void (content = randomText(20_000_000)));
afterAll(async () => {
  for (const listener of listeners) await listener.stop(0);
});

async function portOf(given: Partial<ListenOptions>): Promise<number> {
  const limit = { max: 100, enter: () => true, leave() {} };
  const url = urlOf(origin.url);
  const tls = { ca: null, insecure: false };
  const forward = forwarding(
    upstream({ url, tls, connectTimeout: 5_000, timeout: null }, limit.max),
    null,
    limit,
    () => {},
  );
  const serve: FetchHandler = async (request, connection) => {
    const exchange = exchangeOf({ user: "anna" }, request, connection);
    const answer = await forward(request, exchange, "/x", "Host: a\r\n");
    return answer instanceof Response ? answer : answer.toResponse("simple");
  };
  const listener = await startListener(listenOn(given), serve, () => {});
  listeners.push(listener);
  return Number(new URL(listener.url).port);
}

/** How much a client reads before it pauses, and for how many turns of the event loop. */
const [BEFORE_PAUSE, TURNS] = [1_500_000, 20];

async function pause(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) await new Promise(setImmediate);
}

/** Sends a request over HTTP/1.1, and returns the content of the answer. */
async function overHttp1(port: number, isTls: boolean): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let sincePause = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const ask = (to: Bun.Socket) => void to.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  await Bun.connect({
    hostname: "127.0.0.1",
    port,
    ...(isTls && { tls: { rejectUnauthorized: false } }),
    socket: {
      ...(isTls ? { handshake: ask } : { open: ask }),
      data(from, bytes) {
        pieces.push(bytes);
        sincePause += bytes.byteLength;
        if (sincePause < BEFORE_PAUSE) return;
        sincePause = 0;
        from.pause();
        void pause().then(() => from.resume());
      },
      close: () => resolve(),
    },
  });
  await promise;
  const whole = Buffer.concat(pieces);
  const start = whole.indexOf("\r\n\r\n") + 4;
  const head = whole.toString("latin1", 0, start).toLowerCase();
  expect(head).toStartWith("http/1.1 200 ok\r\n");
  return head.includes("transfer-encoding: chunked\r\n") ? unchunked(whole, start) : whole.subarray(start);
}

function unchunked(bytes: Buffer, start: number): Buffer {
  const parts: Buffer[] = [];
  for (let at = start; ;) {
    const end = bytes.indexOf("\r\n", at);
    const size = Number.parseInt(bytes.toString("latin1", at, end), 16);
    if (size === 0) return Buffer.concat(parts);
    if (!(size > 0)) throw new Error(`no chunk at ${at}`);
    parts.push(bytes.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}

/** The same over HTTP/2, with windows that the client opens when it has read what they allow. */
async function overHttp2(port: number): Promise<Buffer> {
  const window = 65_535;
  const client = await rawHttp2(port, window);
  const stream = client.request();
  const parts: Buffer[] = [];
  let looked = 0;
  let isOver = false;
  let unopened = 0;
  let sincePause = 0;
  while (!isOver) {
    await client.until((frames) => {
      for (; looked < frames.length; looked += 1) {
        const { type, flags, payload } = frames[looked]!;
        if (type !== DATA) continue;
        parts.push(payload);
        unopened += payload.byteLength;
        sincePause += payload.byteLength;
        isOver ||= (flags & END_STREAM) !== 0;
      }
      return isOver || unopened > window / 2;
    });
    if (sincePause > BEFORE_PAUSE) {
      sincePause = 0;
      await pause();
    }
    const size = Buffer.alloc(4);
    size.writeUInt32BE(unopened || 1);
    client.write(frame(WINDOW_UPDATE, 0, 0, size), frame(WINDOW_UPDATE, 0, stream, size));
    unopened = 0;
  }
  client.terminate();
  return Buffer.concat(parts);
}

describe.each([
  ["HTTP/1.1", {}, (port: number) => overHttp1(port, false)],
  ["HTTP/1.1 over TLS", { tls: { cert, key, clientCa: null } }, (port: number) => overHttp1(port, true)],
  ["HTTP/2", { http2: true }, overHttp2],
])("a download over %s", (_, listen, over) => {
  test.each([
    ["with a declared length", 20_000_000, (size: number) => `Content-Length: ${size}\r\n\r\n`, "", false],
    [
      "with a length of a megabyte",
      1_048_576,
      (size: number) => `Content-Length: ${size}\r\n\r\n`,
      "",
      false,
    ],
    ["in chunks", 20_000_000, () => "Transfer-Encoding: chunked\r\n\r\n", "chunks", false],
    ["that the end of the connection ends", 20_000_000, () => "\r\n", "", true],
  ])("%s arrives byte for byte at a client that pauses", async (_, size, fields, chunks, ends) => {
    const text = content.slice(0, size);
    origin.plays(async ({ connection }) => {
      await connection.repeat(`HTTP/1.1 200 OK\r\n${fields(size)}${chunks ? chunked(text) : text}`, 1);
      if (ends) connection.end();
    });
    const received = await over(await portOf(listen));
    expect([received.byteLength, Bun.hash(received)]).toEqual([size, Bun.hash(Buffer.from(text, "latin1"))]);
  });
});

function chunked(text: string): string {
  const chunks = [];
  for (let at = 0; at < text.length; at += 99_991) chunks.push(text.slice(at, at + 99_991));
  return `${chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join("")}0\r\n\r\n`;
}
