import { afterEach, describe, expect, test } from "bun:test";
import { LIMITS } from "../../../src/limits.ts";
import { proxyGate } from "../../support/proxy-gate.ts";
import { answer } from "../../support/raw-message.ts";
import { sharedUpstream } from "../../support/raw-upstream.ts";
import { startShared } from "../../support/shared.ts";

const upstream = sharedUpstream();
const gate = startShared(() => proxyGate(upstream.url));
afterEach(() => expect([gate.counted(), gate.others]).toEqual([0, []]));

const POST = "POST /x HTTP/1.1\r\nHost: gate.test\r\n";

/** Sends a request, and resolves once all of it that was sent is at the upstream, which does not answer. */
async function begun(head: string, content: string, isWhole = false) {
  gate.idles.length = 0;
  upstream.plays(() => {});
  const client = await gate.client();
  client.write(`${POST}${head}\r\n${content}`);
  const request = await upstream.requested(1);
  await (isWhole ? request.content() : request.connection.sees("abc"));
  await gate.idle(isWhole ? 0 : LIMITS.idleSeconds);
  return { client, connection: request.connection };
}

const FRAMINGS = [
  ["a small declared length", "Content-Length: 1000\r\n", "abc"],
  ["a large declared length", "Content-Length: 1000000\r\n", "abc"],
  ["no length", "Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n"],
] as const;

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

function chunked(text: string): string {
  const chunks = [];
  for (let at = 0; at < text.length; at += 50_000) chunks.push(text.slice(at, at + 50_000));
  return `${chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join("")}0\r\n\r\n`;
}

describe("an upload", () => {
  test.each(FRAMINGS)("of %s may be silent for a limited time only", async (_, head, content) => {
    const { client, connection } = await begun(head, content);
    // What was set last holds: it is the client's turn.
    expect(gate.idles.at(-1)).toBe(LIMITS.idleSeconds);
    client.reset();
    await connection.closed;
    await gate.over();
  });

  test.each([
    ["a declared length", "Content-Length: 3\r\n", "abc"],
    ["no length", "Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n"],
  ])("of %s leaves the upstream any time once it is complete", async (_, head, content) => {
    const { client, connection } = await begun(head, content, true);
    expect(gate.idles.at(-1)).toBe(0);
    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    expect((await answer(client)).content).toBe("ok");
    // And the connection has its idle timeout again.
    expect(gate.idles.at(-1)).toBe(LIMITS.idleSeconds);
    expect(await gate.over()).toMatchObject({ kind: "answered", status: 200, exchange: { received: 3 } });
    client.reset();
  });

  test.each(FRAMINGS)("of %s ends at the upstream when the client leaves", async (_, head, content) => {
    const { client, connection } = await begun(head, content);
    client.reset();
    expect(await gate.over()).toMatchObject({
      kind: "refused",
      status: 499,
      refusal: { code: "client_left" },
      exchange: { aborted: true, upstream: null },
    });
    expect(await connection.closed).toBe("reset");
  });

  // The memory of a piece is freed before the next is read: by then what is queued must be a copy.
  test.each([
    ["a declared length", (text: string) => `Content-Length: ${text.length}\r\n\r\n${text}`],
    ["no length", (text: string) => `Transfer-Encoding: chunked\r\n\r\n${chunked(text)}`],
  ])("of %s arrives byte for byte at an upstream that stops reading", async (_, framed) => {
    const bytes = Buffer.alloc(9_000_000);
    for (let at = 0; at < bytes.length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
    const text = bytes.toString("latin1");
    gate.idles.length = 0;
    upstream.plays(async ({ connection, content }) => {
      connection.pause();
      await gate.idle(0);
      connection.resume();
      connection.write((await content()) === text ? OK : "HTTP/1.1 500 Other\r\nContent-Length: 0\r\n\r\n");
    });
    const client = await gate.client();
    client.write(`${POST}${framed(text)}`);
    expect(await answer(client)).toMatchObject({ start: "HTTP/1.1 200 OK", content: "ok" });
    expect(await gate.over()).toMatchObject({ status: 200, exchange: { received: text.length } });
    client.reset();
  });

  test("that is malformed midway is no failure of the upstream", async () => {
    const { client, connection } = await begun("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n");
    client.write("zz\r\nabc\r\n");
    expect((await answer(client)).start).toBe("HTTP/1.1 400 Bad Request");
    expect(await gate.over()).toMatchObject({ kind: "refused", exchange: { upstream: null } });
    expect(await connection.closed).toBe("reset");
  });

  test("that exceeds max_size is refused with 413, and is no failure of the upstream", async () => {
    const small = await proxyGate(upstream.url, { maxSize: 5 });
    upstream.plays(() => {});
    const client = await small.client();
    client.write(`${POST}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`);
    const { connection } = await upstream.requested(1);
    client.write("3\r\ndef\r\n");
    expect(await answer(client)).toMatchObject({
      start: "HTTP/1.1 413 Payload Too Large",
      content: '{"text":"Content too large","status":"error"}',
    });
    expect(await small.over()).toMatchObject({
      kind: "refused",
      status: 413,
      exchange: { upstream: null, aborted: false, received: 3 },
    });
    expect(await connection.closed).toBe("reset");
    expect([small.counted(), small.others]).toEqual([0, []]);
    await small.stop();
  });

  test("that an answer overtakes is not sent on, and the client's connection stays in use", async () => {
    upstream.plays(({ connection }) => connection.write("HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno"));
    const client = await gate.client();
    client.write(`${POST}Content-Length: 200000\r\n\r\nabc`);
    expect(await answer(client)).toMatchObject({ start: "HTTP/1.1 403 Forbidden", content: "no" });
    const connection = await upstream.connected(1);
    await connection.closed;
    upstream.plays("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    client.write(`${"x".repeat(199_997)}GET /next HTTP/1.1\r\nHost: gate.test\r\n\r\n`);
    expect(await answer(client)).toMatchObject({ start: "HTTP/1.1 200 OK", content: "ok" });
    expect(connection.count).toBeLessThan(10_000);
    await gate.over();
    await gate.over();
    client.reset();
  });

  test("that the upstream no longer reads, amid its answer, ends when the answer pauses too long", async () => {
    const pausing = await proxyGate(upstream.url, { route: { idle_timeout: 1 } });
    upstream.plays(({ connection }) => {
      connection.pause();
      connection.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab");
    });
    const client = await pausing.client();
    client.write(`${POST}Content-Length: 9000000\r\n\r\n`);
    await client.repeat("x".repeat(1 << 20), 8);
    expect(await pausing.over()).toMatchObject({
      kind: "refused",
      status: 504,
      exchange: { upstream: { status: 200, cause: "timeout" } },
    });
    expect([pausing.counted(), pausing.others]).toEqual([0, []]);
    client.reset();
    await pausing.stop();
  });

  test("continues while the answer is streamed, with the idle timeout of the answer", async () => {
    const streaming = await proxyGate(upstream.url, { route: { idle_timeout: 7 } });
    upstream.plays(({ connection }) =>
      connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"),
    );
    const client = await streaming.client();
    client.write(`${POST}Content-Length: 8\r\n\r\n1234`);
    await client.sees("abc");
    client.write("5678");
    const { connection, content } = await upstream.requested(1);
    expect(await content()).toBe("12345678");
    expect(streaming.idles.slice(streaming.idles.indexOf(11))).toEqual(
      streaming.idles.slice(streaming.idles.indexOf(11)).map(() => 11),
    );
    connection.write("0\r\n\r\n");
    expect((await answer(client)).content).toBe("abc");
    expect(await streaming.over()).toMatchObject({ kind: "answered", status: 200, exchange: { sent: 3 } });
    expect(streaming.idles.at(-1)).toBe(LIMITS.unauthenticatedIdleSeconds);
    expect([streaming.counted(), streaming.others]).toEqual([0, []]);
    client.reset();
    await streaming.stop();
  });
});
