import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { deafPort } from "../support/taken-ports.ts";
import { requestBytes, sharedGate, TOKEN } from "../support/gate.ts";
import { DATA, END_STREAM, frame, HEADERS, rawHttp2 } from "../support/raw-http2.ts";
import { statusOf } from "../support/raw-message.ts";
import { answerBytes, OK, sharedUpstream } from "../support/raw-upstream.ts";
import { shared } from "../support/shared.ts";

// What the gate can't pass on unchanged, mostly because of Bun 1.4.5: the entries of docs/gate/limits.md. If one of these fails
// after an update of Bun, change that page too.

const upstream = sharedUpstream();
const deaf = shared(await deafPort());
const gate = sharedGate(
  [
    { path: "/*", proxy: upstream.url },
    { path: "/deaf/*", proxy: `http://127.0.0.1:${deaf.port}`, connect_timeout: 0.2 },
  ],
  { http2: true },
);

/** A block with the trailer `x-sum: 1` (RFC 7541 6.2.2), and the flags of its frame. */
const TRAILER = Buffer.from("\0\x05x-sum\x011", "latin1");
const TRAILERS = END_STREAM | 4;

/** How Linux names a connection that is being opened. */
const SYN_SENT = "02";

/** The answer to a request while the upstream answers with these bytes. */
async function answered(bytes: string, request = requestBytes("/")) {
  upstream.plays(bytes);
  return await gate.ask(request);
}

/** The head that reaches the upstream of this request. */
async function received(request: string) {
  await gate.ask(request);
  return await upstream.requested(1);
}

describe("docs/gate/limits.md: an answer", () => {
  test("keeps its length up to 1 MiB, and is chunked beyond it", async () => {
    for (const [size, framing] of [
      [1_048_576, "length"],
      [1_048_577, "chunked"],
    ] as const) {
      const content = "x".repeat(size);
      const lines = ["Content-Type: text/plain", `Content-Length: ${size}`];
      const given = await answered(answerBytes(200, lines, content));
      expect(given.framing).toBe(framing);
      expect(given.content === content).toBeTrue();
    }
    const declared = answerBytes(200, ["Content-Length: 5000000"]);
    const head = await answered(declared, requestBytes("/", [], { method: "HEAD" }));
    expect(head.values("content-length")).toEqual(["5000000"]);
  });

  test("has Bun's reason phrase", async () => {
    const given = await answered("HTTP/1.1 200 Fine\r\nContent-Length: 2\r\n\r\nok");
    expect([given.start, given.content]).toEqual(["HTTP/1.1 200 OK", "ok"]);
  });

  test("has one line for each name except Set-Cookie", async () => {
    const lines = ["Link: <a>", "Set-Cookie: a=1", "Link: <b>", "Set-Cookie: b=2", "Content-Length: 0"];
    const given = await answered(answerBytes(200, lines));
    expect(given.values("link")).toEqual(["<a>, <b>"]);
    expect(given.values("set-cookie")).toEqual(["a=1", "b=2"]);
  });

  test("has no trailers", async () => {
    const content = "2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n";
    const given = await answered(answerBytes(200, ["Transfer-Encoding: chunked", "Trailer: X-Sum"], content));
    expect(given.content).toBe("ok");
    expect(given.bytes).not.toMatch(/x-sum/i);
  });

  test("arrives without the informational answers before it", async () => {
    const given = await answered(`HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n${OK}`);
    expect([given.start, given.values("link")]).toEqual(["HTTP/1.1 200 OK", []]);
  });

  test.each([
    ["of 65536 bytes", 200, "", 65_536, 0],
    ["of 65537 bytes", 502, "", 65_537, 0],
    ["of 256 fields", 200, "X: 1\r\n".repeat(254), null, 0],
    ["of 257 fields", 502, "X: 1\r\n".repeat(255), null, 0],
    ["after 16 informational ones", 200, "", null, 16],
    ["after 17 informational ones", 502, "", null, 17],
  ])("with a head %s gets %i", async (_, status, lines, size, informational) => {
    const head = `HTTP/1.1 200 OK\r\nContent-Length: 0\r\n${lines}`;
    const padding = "x".repeat((size ?? head.length + 7) - head.length - 7);
    const early = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(informational);
    expect(statusOf(await answered(`${early}${head}A: ${padding}\r\n\r\n`))).toBe(status);
    const cause = status === 200 ? {} : { cause: "invalid_answer" };
    expect(await gate.logged({ status, path: "/*" })).toMatchObject({ upstream: cause });
  });

  test("of server-sent events begins with a comment, before the upstream sent an event", async () => {
    upstream.plays(({ connection }) =>
      connection.write(answerBytes(200, ["Content-Type: text/event-stream", "Transfer-Encoding: chunked"])),
    );
    const client = await gate.client();
    client.write(requestBytes("/"));
    await client.sees("\r\n\r\n");
    await client.sees(":\n");
    client.reset();
  });
});

describe("docs/gate/limits.md: a request", () => {
  test("sent before the last one was answered closes the connection without an answer", async () => {
    upstream.plays(() => {});
    const client = await gate.client();
    client.write(requestBytes("/first"));
    await upstream.requested(1);
    client.write(requestBytes("/second"));
    await client.closed;
    expect(client.received).toBe("");
    expect(upstream.requests.map(({ start }) => start)).toEqual(["GET /first HTTP/1.1"]);
  });

  test.each(["GET", "HEAD"])("with content by %s is refused", async (method) => {
    const request = requestBytes("/", ["Content-Length: 2"], { method, content: "ok" });
    expect(statusOf(await gate.ask(request))).toBe(400);
    expect(upstream.requests).toEqual([]);
  });

  test("has one line for each name", async () => {
    const lines = ["X-A: 1", "Cookie: a=1", "X-A: 2", "Cookie: b=2"];
    const given = await received(requestBytes("/", lines));
    expect([given.values("x-a"), given.values("cookie")]).toEqual([["1, 2"], ["a=1; b=2"]]);
  });

  test("with trailers is refused with 400, and none of them reaches the upstream", async () => {
    const client = await gate.client();
    const lines = ["Transfer-Encoding: chunked", "Trailer: X-Sum"];
    client.write(requestBytes("/", lines, { method: "POST", content: "2\r\nok\r\n" }));
    const given = await upstream.requested(1);
    client.write("0\r\nX-Sum: 1\r\n\r\n");
    await client.closed;
    expect(client.received).toBe("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    // Whether the upstream sees the end of the content is left to chance.
    await given.content().catch(() => {});
    expect(given.bytes + given.connection.received).not.toMatch(/x-sum/i);
  });

  test("whose client half-closes the connection gets no answer", async () => {
    upstream.plays(() => {});
    const client = await gate.client();
    client.write(requestBytes("/"));
    const { connection } = await upstream.requested(1);
    client.end();
    expect([await client.closed, client.received]).toEqual(["ended", ""]);
    expect(await connection.closed).toBe("reset");
  });

  test.each([
    ["GET", [frame(DATA, END_STREAM, 1, Buffer.from("content"))], ""],
    ["POST", [frame(DATA, 0, 1, Buffer.from("content")), frame(HEADERS, TRAILERS, 1, TRAILER)], "content"],
  ])("of %s over HTTP/2 loses what Bun does not show of it", async (method, frames, content) => {
    const client = await rawHttp2(gate.port);
    const fields = { ":method": method, ":path": "/", authorization: `Token ${TOKEN}` };
    client.request(fields, false);
    client.write(...frames);
    const request = await upstream.requested(1);
    expect(await request.content()).toBe(content);
    expect(request.bytes).not.toContain("x-sum");
    await client.until((all) => all.some(({ type, flags }) => type === DATA && flags === END_STREAM));
    client.terminate();
  });

  test("does not cancel an attempt to connect that times out", async () => {
    expect(statusOf(await gate.ask(requestBytes("/deaf/x")))).toBe(504);
    expect(await gate.logged({ status: 504 })).toMatchObject({ upstream: { cause: "connect_timeout" } });
    const to = `0100007F:${deaf.port.toString(16).toUpperCase().padStart(4, "0")}`;
    const attempts = readFileSync("/proc/net/tcp", "latin1")
      .split("\n")
      .filter((line) => line.includes(` ${to} ${SYN_SENT} `));
    expect(attempts).toHaveLength(1);
  });

  test("has names in Title-Case, whatever their case was", async () => {
    const { lines } = await received(requestBytes("/", ["x-API-key: 1", "X-B3-TraceId: 2"]));
    expect(lines).toContain("X-Api-Key: 1");
    expect(lines).toContain("X-B3-Traceid: 2");
  });

  test.each([
    ["GET", "", 2],
    ["HEAD", "", 2],
    ["OPTIONS", "", 2],
    ["QUERY", "", 2],
    ["OPTIONS", "ok", 1],
    ["QUERY", "ok", 1],
    ["DELETE", "", 1],
    ["DELETE", "ok", 1],
    ["PUT", "", 1],
    ["PUT", "ok", 1],
    ["PATCH", "", 1],
    ["PATCH", "ok", 1],
    ["PROPFIND", "", 1],
    ["MKCOL", "", 1],
    ["POST", "", 1],
    ["POST", "ok", 1],
  ])(
    "by %s with content %p on a reused connection that closes is sent %i times",
    async (method, content, times) => {
      const lines = content === "" ? [] : [`Content-Length: ${content.length}`];
      await gate.ask(requestBytes("/before"));
      const { connection: kept } = await upstream.requested(1);
      upstream.plays(async ({ connection, content: whole }) => {
        await whole();
        if (connection === kept || times === 1) connection.reset();
        else connection.write(OK);
      });
      const given = await gate.ask(requestBytes("/twice", lines, { method, content }));
      expect(statusOf(given)).toBe(times === 2 ? 200 : 502);
      const sent = upstream.requests.filter(({ start }) => start === `${method} /twice HTTP/1.1`);
      expect(sent).toHaveLength(times);
    },
  );
});
