import { describe, expect, test } from "bun:test";
import { requestBytes, sharedGate } from "../support/gate.ts";
import { answer, statusOf } from "../support/raw-message.ts";
import { answerBytes, sharedUpstream } from "../support/raw-upstream.ts";

// The content of a request: its framing and its size.

const upstream = sharedUpstream();
const gate = sharedGate([
  { path: "/*", proxy: upstream.url },
  { path: "/small/*", proxy: upstream.url, max_size: 10 },
  { path: "/large/*", proxy: upstream.url, max_size: 64 * 1024 * 1024 },
]);

const CHUNKED = "Transfer-Encoding: chunked";
const post = (lines: readonly string[], content = "", target = "/x") =>
  requestBytes(target, lines, { method: "POST", content });
const framing = (lines: readonly string[]) =>
  lines.filter((line) => /^(?:content-length|transfer-encoding):/i.test(line));

describe("content reaches the upstream", () => {
  test.each<[title: string, lines: string[], content: string, framing: string, whole: string]>([
    ["with its length", ["Content-Length: 5"], "a\0\xff\r\n", "Content-Length: 5", "a\0\xff\r\n"],
    ["of length 0", ["Content-Length: 0"], "", "Content-Length: 0", ""],
    ["that is not there", [], "", "Content-Length: 0", ""],
    ["with a padded length", ["Content-Length:  05 "], "hello", "Content-Length: 5", "hello"],
    ["in a chunk", [CHUNKED], "5\r\nhello\r\n0\r\n\r\n", CHUNKED, "hello"],
    ["in chunks", [CHUNKED], "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", CHUNKED, "hello"],
    ["in no chunk", [CHUNKED], "0\r\n\r\n", CHUNKED, ""],
    ["without chunk extensions", [CHUNKED], "5;a=b\r\nhello\r\n0;c\r\n\r\n", CHUNKED, "hello"],
    ["with zeros before a size", [CHUNKED], "005\r\nhello\r\n00\r\n\r\n", CHUNKED, "hello"],
    ["spelt Chunked", ["Transfer-Encoding: Chunked"], "5\r\nhello\r\n0\r\n\r\n", CHUNKED, "hello"],
    ["spelt chunked,", ["transfer-encoding: CHUNKED,"], "5\r\nhello\r\n0\r\n\r\n", CHUNKED, "hello"],
  ])("%s", async (_, lines, content, expected, whole) => {
    const { start } = await gate.ask(post(lines, content));
    expect(start).toBe("HTTP/1.1 200 OK");
    const [request] = upstream.requests;
    expect([framing(request!.lines), await request!.content()]).toEqual([[expected], whole]);
    expect(upstream.requests).toHaveLength(1);
  });

  test.each(["PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "QUERY"])("of %s", async (method) => {
    const { start } = await gate.ask(requestBytes("/x", ["Content-Length: 5"], { method, content: "hello" }));
    const [request] = upstream.requests;
    expect([start, request?.start]).toEqual(["HTTP/1.1 200 OK", `${method} /x HTTP/1.1`]);
    expect([framing(request!.lines), await request!.content()]).toEqual([["Content-Length: 5"], "hello"]);
  });

  test.each([
    ["declared", ["Content-Length: 1048576"], ""],
    ["chunked", [CHUNKED], "5\r\n"],
  ])("as it comes when %s, before its end", async (_, lines, before) => {
    const client = await gate.client();
    client.write(post(lines, `${before}hello`));
    const { connection, bytes } = await upstream.requested(1);
    await connection.sees("hello");
    expect(bytes).toStartWith("POST /x HTTP/1.1\r\n");
    client.reset();
    await connection.closed;
  });

  test("of 1 MiB byte for byte", async () => {
    const content = Buffer.from(Array.from({ length: 1 << 20 }, (_, at) => (at * 7) & 255)).toString(
      "latin1",
    );
    await gate.ask(post([`Content-Length: ${content.length}`], content));
    expect((await upstream.requests[0]!.content()) === content).toBeTrue();
  });

  test("after a 100 of the server, and without Expect", async () => {
    const client = await gate.client();
    client.write(post(["Content-Length: 5", "Expect: 100-continue"]));
    await client.sees("HTTP/1.1 100 Continue\r\n\r\n");
    client.write("hello");
    expect((await answer(client)).start).toBe("HTTP/1.1 200 OK");
    const [request] = upstream.requests;
    expect([request!.values("expect"), await request!.content()]).toEqual([[], "hello"]);
    client.reset();
  });
});

describe("a GET or HEAD with content reaches no upstream", () => {
  test.each<[method: string, lines: string[], content: string]>([
    ["GET", ["Content-Length: 5"], "hello"],
    ["HEAD", ["Content-Length: 5"], "hello"],
    ["GET", [CHUNKED], "5\r\nhello\r\n0\r\n\r\n"],
    ["HEAD", [CHUNKED], "5\r\nhello\r\n0\r\n\r\n"],
    ["GET", [CHUNKED], "0\r\n\r\n"],
    ["GET", ["Content-Length: 999999999999"], ""],
  ])("%s %j", async (method, lines, content) => {
    const client = await gate.client();
    client.write(requestBytes("/large/x", lines, { method, content }));
    const given = await answer(client, method);
    expect([statusOf(given), given.values("connection")]).toEqual([
      lines[0]?.endsWith("999999999999") ? 413 : 400,
      ["close"],
    ]);
    await client.closed;
    expect(upstream.requests).toEqual([]);
  });

  test("but with a length of 0 it does", async () => {
    const { start } = await gate.ask(requestBytes("/x", ["Content-Length: 0"]));
    expect(start).toBe("HTTP/1.1 200 OK");
    expect(framing(upstream.requests[0]!.lines)).toEqual(["Content-Length: 0"]);
  });
});

describe("max_size of a route", () => {
  const chunks = (size: number) => `${size.toString(16)}\r\n${"x".repeat(size)}\r\n0\r\n\r\n`;
  test.each<[target: string, lines: string[], content: string, status: number]>([
    ["/small/x", ["Content-Length: 10"], "x".repeat(10), 200],
    ["/small/x", ["Content-Length: 11"], "x".repeat(11), 413],
    ["/small/x", [CHUNKED], chunks(10), 200],
    ["/small/x", [CHUNKED], chunks(11), 413],
    ["/small/x", ["Content-Length: 99999999999"], "x", 413],
    // That of the server, 1 MiB by default.
    ["/x", ["Content-Length: 1048577"], "x".repeat(1048577), 413],
    ["/x", [CHUNKED], chunks(1048577), 413],
    ["/large/x", ["Content-Length: 1048577"], "x".repeat(1048577), 200],
    ["/large/x", [CHUNKED], chunks(1048577), 200],
  ])("%s %j", async (target, lines, content, status) => {
    // A request that was cut may reach the upstream after its answer reached the client, in the next test.
    const own = `${target}?${crypto.randomUUID()}`;
    const requests = () => upstream.requests.filter(({ start }) => start === `POST ${own} HTTP/1.1`);
    const client = await gate.client();
    client.write(post(lines, content, own));
    const given = await answer(client);
    expect(statusOf(given)).toBe(status);
    client.reset();
    if (status === 200) return expect(requests()).toHaveLength(1);
    expect(JSON.parse(given.content)).toEqual({ text: "Content too large", status: "error" });
    for (const request of requests()) {
      await request.connection.closed;
      expect(await request.content().catch(() => "cut")).toBe("cut");
    }
  });
});

describe("an answer before the end of the content", () => {
  test.each([
    ["declared", ["Content-Length: 60000000"], ""],
    ["chunked", [CHUNKED], "100000\r\n"],
  ])("reaches a client that still sends what is %s, and the rest is bounded", async (_, lines, before) => {
    upstream.plays(({ connection }) => {
      connection.write(answerBytes(401, ["Content-Length: 6", "WWW-Authenticate: Bearer"], "denied"));
      connection.end();
    });
    const client = await gate.client();
    client.write(post(lines, before, "/large/x"));
    const given = await answer(client);
    expect([statusOf(given), given.content]).toEqual([401, "denied"]);
    // Less than the declared length, and more than any buffer.
    const chunk = "x".repeat(0x100000);
    const isTaken = await client.repeat(before === "" ? chunk : `${chunk}\r\n100000\r\n`, 200);
    expect(isTaken).toBeFalse();
  });
});
