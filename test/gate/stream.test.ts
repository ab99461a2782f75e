import { beforeEach, describe, expect, test } from "bun:test";
import { requestBytes, sharedGate, TOKEN } from "../support/gate.ts";
import { DATA, rawHttp2, RST_STREAM } from "../support/raw-http2.ts";
import { answer, head as wholeHead } from "../support/raw-message.ts";
import { answerBytes, sharedUpstream } from "../support/raw-upstream.ts";

// What is sent piece by piece arrives piece by piece, in both directions.

const upstream = sharedUpstream();
const gate = sharedGate([{ path: "/*", proxy: upstream.url, max_size: 64 * 1024 * 1024 }]);
const strict = sharedGate([{ path: "/*", proxy: upstream.url, idle_timeout: 1 }], { http2: true });
// Each test writes the answer itself.
beforeEach(() => upstream.plays(() => {}));

const CHUNKED = "Transfer-Encoding: chunked";
const EVENTS = "Content-Type: text/event-stream";
const chunk = (content: string) => `${content.length.toString(16)}\r\n${content}\r\n`;

test("an answer that its upstream pauses too long is cut off, even if its HTTP/2 connection goes on with other requests", async () => {
  upstream.plays(({ connection, start }) => {
    if (start.includes("/stuck")) connection.write(answerBytes(200, [CHUNKED], chunk("abc")));
    else connection.write(answerBytes(200, ["Content-Length: 2"], "ok"));
  });
  const client = await rawHttp2(strict.port);
  const ask = (path: string) => client.request({ ":path": path, authorization: `Token ${TOKEN}` });
  const stuck = ask("/stuck");
  const asking = setInterval(ask, 100, "/other");
  await client.until((frames) => frames.some(({ type, stream }) => type === RST_STREAM && stream === stuck));
  clearInterval(asking);
  const content = client.frames.filter(({ type, stream }) => type === DATA && stream === stuck);
  expect(Buffer.concat(content.map(({ payload }) => payload)).toString()).toBe("abc");
  expect(await strict.logged({ bytes: 3 })).toMatchObject({ status: 200, upstream: { cause: "timeout" } });
  client.terminate();
});

describe("server-sent events", () => {
  test("arrive one by one, each before the next one is sent", async () => {
    const client = await gate.client();
    client.write(requestBytes("/x"));
    const { connection } = await upstream.requested(1);
    connection.write(answerBytes(200, [EVENTS, CHUNKED, "Cache-Control: no-store"]));
    for (let event = 1; event <= 20; event += 1) {
      connection.write(chunk(`data: ${event}\n\n`));
      await client.sees(`data: ${event}\n\n`);
    }
    connection.write("0\r\n\r\n");
    const given = await answer(client);
    expect([given.values("content-type"), given.values("cache-control")]).toEqual([
      ["text/event-stream"],
      ["no-store"],
    ]);
    const events = Array.from({ length: 20 }, (_, at) => `data: ${at + 1}\n\n`).join("");
    expect(given.content.replace(/^:\n+/, "")).toBe(events);
    client.reset();
  });

  test.each([
    ["in chunks", [CHUNKED]],
    ["to the end of the connection", []],
  ])("%s: the whole head arrives before the first of them", async (_, lines) => {
    const client = await gate.client();
    client.write(requestBytes("/x"));
    const { connection } = await upstream.requested(1);
    connection.write(answerBytes(200, [EVENTS, ...lines]));
    const given = await client.take(wholeHead);
    expect([given.start, given.values("content-type")]).toEqual(["HTTP/1.1 200 OK", ["text/event-stream"]]);
    client.reset();
    await connection.closed;
  });

  test("that are encoded get no comment", async () => {
    const client = await gate.client();
    client.write(requestBytes("/x"));
    const { connection } = await upstream.requested(1);
    connection.write(answerBytes(200, [EVENTS, "Content-Encoding: gzip", CHUNKED], chunk("\x1f\x8b")));
    connection.write("0\r\n\r\n");
    expect((await answer(client)).content).toBe("\x1f\x8b");
    client.reset();
  });
});

describe("pieces arrive as they are sent", () => {
  test.each([
    ["of an answer in chunks", [CHUNKED], chunk],
    ["of a large answer with a length", ["Content-Length: 20000000"], String],
    ["of an answer without a length", [], String],
  ])("%s", async (_, lines, framed) => {
    const client = await gate.client();
    client.write(requestBytes("/x"));
    const { connection } = await upstream.requested(1);
    connection.write(answerBytes(200, lines));
    for (const piece of ["first", "second", "third"]) {
      connection.write(framed(piece));
      await client.sees(piece);
    }
    client.reset();
    await connection.closed;
  });

  test.each([
    ["of an upload in chunks", [CHUNKED], chunk],
    ["of a large upload with a length", ["Content-Length: 20000000"], String],
  ])("%s", async (_, lines, framed) => {
    const client = await gate.client();
    client.write(requestBytes("/x", lines, { method: "POST" }));
    const { connection } = await upstream.requested(1);
    for (const piece of ["first", "second", "third"]) {
      client.write(framed(piece));
      await connection.sees(piece);
    }
    client.reset();
    await connection.closed;
  });
});
