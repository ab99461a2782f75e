import { describe, expect, test } from "bun:test";
import { requestBytes, sharedGate } from "../support/gate.ts";
import { answer, statusOf } from "../support/raw-message.ts";
import { sharedUpstream } from "../support/raw-upstream.ts";

// What must never pass for another request, or for a whole one.

const upstream = sharedUpstream();
const gate = sharedGate([{ path: "/*", proxy: upstream.url }]);

const CHUNKED = "Transfer-Encoding: chunked";
const post = (lines: readonly string[], content = "") =>
  requestBytes("/x", lines, { method: "POST", content });

describe("a framing that two servers could read differently reaches no upstream:", () => {
  const SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: gate.test\r\n\r\n";
  test.each<string[]>(
    [
      ["Content-Length: 3", CHUNKED],
      [CHUNKED, "Content-Length: 3"],
      ["Content-Length: 3", "Content-Length: 4"],
      ["Content-Length: 3", "Content-Length: 3"],
      ["Content-Length: 3, 3"],
      ["Content-Length: +3"],
      ["Content-Length: -3"],
      ["Content-Length: 0x3"],
      ["Content-Length: 3;"],
      ["Content-Length: 3.0"],
      ["Content-Length: 3 0"],
      ["Content-Length:"],
      ["Content-Length : 3"],
      [" Content-Length: 3"],
      ["X: y", " Content-Length: 3"],
      ["X: y\nContent-Length: 3"],
      ["X: y\rContent-Length: 3"],
      ["X\0: y"],
      ["Content-Length: 18446744073709551619"],
      ["Transfer-Encoding : chunked"],
      ["Transfer-Encoding: xchunked"],
      ["Transfer-Encoding: chunked, identity"],
      ["Transfer-Encoding: gzip, chunked"],
      ["Transfer-Encoding: chunked, chunked"],
      ["Transfer-Encoding: identity"],
      ["Transfer-Encoding:"],
      ['Transfer-Encoding: "chunked"'],
      ["Transfer-Encoding: \x0bchunked"],
      ["Transfer-Encoding: chunked\x0b"],
      ["Transfer-Encoding:\xa0chunked"],
      [CHUNKED, CHUNKED],
      [CHUNKED, "Transfer-Encoding: identity"],
      ["Transfer-Encoding: chun", " ked"],
    ].map((lines) => [JSON.stringify(lines.join(" | ")), ...lines]),
  )("%s", async (_, ...lines) => {
    const client = await gate.client();
    client.write(post(lines, `0\r\n\r\n${SMUGGLED}`));
    const given = await answer(client);
    expect(statusOf(given)).toBe(400);
    await client.closed;
    expect(upstream.requests).toEqual([]);
  });

  test("HTTP/1.0 with chunks", async () => {
    const given = await gate.ask(post([CHUNKED], "0\r\n\r\n").replace("HTTP/1.1", "HTTP/1.0"));
    expect([statusOf(given), upstream.requests]).toEqual([400, []]);
  });
});

describe("incomplete content is never complete at the upstream:", () => {
  test.each<[lines: string[], content: string]>([
    [["Content-Length: 5"], "hell"],
    [[CHUNKED], "5\r\nhello\r\n"],
    [[CHUNKED], "5\r\nhello\r\n0\r"],
    [[CHUNKED], "5\r\nhello0\r\n\r\n"],
    [[CHUNKED], "5\r\nhello\r\n5"],
    [[CHUNKED], "5\r\nhello\r\n0x5\r\nworld\r\n0\r\n\r\n"],
    [[CHUNKED], "5\r\nhello\r\n-5\r\nworld\r\n0\r\n\r\n"],
    [[CHUNKED], "5\r\nhello\r\n5 \r\nworld\r\n0\r\n\r\n"],
    [[CHUNKED], "5\r\nhello\r\n\r\n0\r\n\r\n"],
    [[CHUNKED], "5\r\nhello\r\n10000000000000005\r\nworld\r\n0\r\n\r\n"],
    [[CHUNKED], "5\r\nhello\n0\r\n\r\n"],
    [[CHUNKED], "5\r\nhello\r\n0\n\n"],
  ])("%j %j", async (lines, content) => {
    const client = await gate.client();
    client.write(post(lines, content));
    // Where the server does not refuse it at once, the rest never comes.
    const request = await Promise.race([upstream.requested(1), client.closed]);
    client.end();
    await client.closed;
    // A head that was sent on all the same has arrived when the next request has.
    if (typeof request === "string") return void (await gate.ask(requestBytes("/next")));
    await request.connection.closed;
    expect(await request.content().catch(() => "cut")).toBe("cut");
    expect(upstream.requests).toHaveLength(1);
  });

  test("the fields of a trailer are not passed on", async () => {
    const client = await gate.client();
    client.write(post([CHUNKED], "5\r\nhello\r\n0\r\nX-Auth-User: root\r\n\r\n"));
    expect((await answer(client)).start).toStartWith("HTTP/1.1 ");
    client.reset();
    for (const { connection, bytes } of upstream.requests) {
      expect(bytes + connection.received).not.toContain("root");
    }
  });
});
