import { describe, expect, test } from "bun:test";
import { requestBytes, sharedGate } from "../support/gate.ts";
import { answer, statusOf, type RawMessage } from "../support/raw-message.ts";
import { answerBytes, answersWith, sharedUpstream } from "../support/raw-upstream.ts";

// The answer of the upstream, and what the client receives of it.

const upstream = sharedUpstream();
const gate = sharedGate([{ path: "/*", proxy: upstream.url }]);

/** What the client receives of these bytes. */
async function passed(bytes: string, method = "GET", lines: readonly string[] = []): Promise<RawMessage> {
  upstream.plays(async ({ connection, content }) => {
    await content();
    connection.write(bytes);
    // Content without a length ends with the connection.
    if (!/^(?:content-length|transfer-encoding):/im.test(bytes)) connection.end();
  });
  return await gate.ask(requestBytes("/x", lines, { method }));
}

/** The field lines in alphabetical order, without Date, and with names in lower case: Bun 1.4.5 has its own case of some. */
const fields = ({ lines }: { readonly lines: readonly string[] }) =>
  lines
    .filter((line) => !/^date:/i.test(line))
    .map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase()))
    .toSorted();
const DATE = "Date: Sun, 06 Nov 1994 08:49:37 GMT";

describe("the status of the upstream reaches the client", () => {
  test("from 200 to 599, each with its content", async () => {
    for (let status = 200; status <= 599; status += 1) {
      if (status === 204 || status === 205 || status === 304) continue;
      const given = await passed(answerBytes(status, ["Content-Length: 3"], "abc"));
      expect([statusOf(given), given.content]).toEqual([status, "abc"]);
    }
  }, 20_000);

  test.each([
    [204, [], "none"],
    [205, ["Content-Length: 0"], "length"],
    [304, ['ETag: "x"'], "none"],
  ] as const)("of %i, without content", async (status, lines, framing) => {
    const given = await passed(answerBytes(status, lines));
    expect([statusOf(given), given.framing, given.content]).toEqual([status, framing, ""]);
    expect(fields(given)).toEqual(fields({ lines }));
  });

  test.each([301, 302, 303, 307, 308])("of %i, which is not followed", async (status) => {
    const location = "Location: /elsewhere?a=%2f";
    const given = await passed(answerBytes(status, [location, "Content-Length: 0"]));
    expect([statusOf(given), fields(given)]).toEqual([
      status,
      fields({ lines: ["Content-Length: 0", location] }),
    ]);
    expect(upstream.requests).toHaveLength(1);
  });

  test("after informational ones, which are dropped", async () => {
    const early = `${answerBytes(100)}${answerBytes(103, ["Link: </a>"])}${answerBytes(102)}`;
    const given = await passed(early + answerBytes(200, ["Content-Length: 2"], "ok"));
    expect([statusOf(given), given.content, given.values("link")]).toEqual([200, "ok", []]);
  });
});

describe("the fields of an answer:", () => {
  test.each<[title: string, lines: string[], client?: string[]]>([
    ["several Set-Cookie, in order", ["Set-Cookie: a=1; Path=/", "Set-Cookie: b=2", "Set-Cookie: a=3"]],
    ["Content-Encoding and ETag", ["Content-Encoding: gzip", 'ETag: W/"x"']],
    ["an unknown encoding", ["Content-Encoding: br, x-own"]],
    ["Date and Server", [DATE, "Server: nginx"]],
    ["inner spaces, Latin-1", ["X-Custom: a  b\tc", "X-Latin: \xe9"]],
    ["an empty value", ["X-Empty: "]],
    ["Content-Type", ["Content-Type: text/html; charset=ISO-8859-1"]],
    [
      "Cache-Control, Vary, Last-Modified",
      [`Last-Modified: ${DATE.slice(6)}`, "Cache-Control: no-store", "Vary: a"],
    ],
    [
      "two lines of a name, in one",
      ["Vary: a", "Vary: b", "Link: <1>", "Link: <2>"],
      ["Link: <1>, <2>", "Vary: a, b"],
    ],
    [
      "two challenges, in one",
      ["WWW-Authenticate: Basic realm=a", "WWW-Authenticate: Bearer"],
      ["WWW-Authenticate: Basic realm=a, Bearer"],
    ],
    ["a name with an underscore", ["X_Custom: 1"]],
    [
      "Connection and what it names",
      ["Connection: X-Hop, keep-alive", "X-Hop: 1", "Keep-Alive: timeout=5"],
      [],
    ],
    ["Connection: close", ["Connection: close"], []],
    [
      "other hop-by-hop fields",
      ["Proxy-Authenticate: Basic", "Proxy-Connection: close", "Upgrade: h2c", "TE: x", "Trailer: X-Sum"],
      [],
    ],
    [
      "what Connection must not take away",
      ["Connection: set-cookie, content-type", "Set-Cookie: a=1", "Content-Type: a/b"],
      ["Content-Type: a/b", "Set-Cookie: a=1"],
    ],
  ])("%s", async (_, lines, client = lines) => {
    const given = await passed(answerBytes(200, [...lines, "Content-Length: 3"], "\x1f\x8b\0"));
    expect(fields(given)).toEqual(fields({ lines: [...client, "Content-Length: 3"] }));
    if (lines.includes(DATE)) expect(given.lines).toContain(DATE);
    else expect(given.values("date")).toHaveLength(1);
    expect([given.framing, given.content]).toEqual(["length", "\x1f\x8b\0"]);
  });

  test("an unknown name keeps its case", async () => {
    const given = await passed(answerBytes(200, ["x-cUSTOM: 1", "Content-Length: 0"]));
    expect(given.lines).toContain("x-cUSTOM: 1");
  });

  test("Connection: close of the upstream ends no connection of a client", async () => {
    upstream.plays(async (request) => {
      await answersWith(answerBytes(200, ["Connection: close", "Content-Length: 2"], "ok"))(request);
      request.connection.end();
    });
    const client = await gate.client();
    for (let times = 0; times < 3; times += 1) {
      client.write(requestBytes("/x"));
      expect((await answer(client)).content).toBe("ok");
    }
    expect(upstream.requests).toHaveLength(3);
    client.reset();
  });

  test("an answer without a type gets none", async () => {
    const chunked = await passed(answerBytes(200, ["Transfer-Encoding: chunked"], "2\r\nok\r\n0\r\n\r\n"));
    const whole = await passed(answerBytes(200, ["Content-Length: 2"], "ok"));
    expect([chunked.values("content-type"), whole.values("content-type")]).toEqual([[], []]);
  });

  test("an answer with an empty type gets no other one", async () => {
    const given = await passed(answerBytes(200, ["Content-Type:", "Content-Length: 2"], "ok"));
    expect([given.values("content-type"), given.content]).toEqual([[""], "ok"]);
  });
});

describe("the content of an answer", () => {
  const bytes = (size: number) =>
    Buffer.from(Array.from({ length: size }, (_, at) => (at * 31 + (at >> 8)) & 255)).toString("latin1");

  test.each([0, 1, 1000, 65_536, 1_048_576])("of %i bytes keeps its Content-Length", async (size) => {
    const given = await passed(answerBytes(200, [`Content-Length: ${size}`], bytes(size)));
    expect([given.framing, given.values("content-length")]).toEqual(["length", [String(size)]]);
    expect(given.content === bytes(size)).toBeTrue();
  });

  test.each<[title: string, lines: string[], content: string, whole: string]>([
    ["over 1 MiB", ["Content-Length: 1048577"], bytes(1_048_577), bytes(1_048_577)],
    ["in chunks", ["Transfer-Encoding: chunked"], "3;a=b\r\nabc\r\n1\r\nd\r\n0\r\n\r\n", "abcd"],
    ["in chunks, with a trailer", ["Transfer-Encoding: chunked"], "3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n", "abc"],
    ["to the end of the connection", [], "abc", "abc"],
    ["of HTTP/1.0", [], "abc", "abc"],
  ])("%s arrives whole, and a client can tell its end", async (title, lines, content, whole) => {
    const head = answerBytes(200, lines, content);
    const given = await passed(title.endsWith("1.0") ? head.replace("1.1", "1.0") : head);
    expect(["chunked", "length"]).toContain(given.framing);
    expect(given.content === whole).toBeTrue();
    expect(given.lines.join()).not.toContain("X-Sum");
  });

  test("to a client of HTTP/1.0 ends with the connection", async () => {
    upstream.plays(answerBytes(200, ["Transfer-Encoding: chunked"], "3\r\nabc\r\n0\r\n\r\n"));
    const given = await gate.ask(requestBytes("/x").replace("HTTP/1.1", "HTTP/1.0"));
    expect([given.content, given.values("transfer-encoding")]).toEqual(["abc", []]);
  });

  test("of a range is passed on with its range", async () => {
    const lines = ["Content-Range: bytes 2-4/10", "Accept-Ranges: bytes", "Content-Length: 3"];
    const given = await passed(answerBytes(206, lines, "cde"), "GET", ["Range: bytes=2-4"]);
    expect([statusOf(given), fields(given), given.content]).toEqual([206, fields({ lines }), "cde"]);
    expect(upstream.requests[0]!.values("range")).toEqual(["bytes=2-4"]);
    const none = await passed(answerBytes(416, ["Content-Range: bytes */10", "Content-Length: 0"]));
    expect([statusOf(none), none.values("content-range")]).toEqual([416, ["bytes */10"]]);
  });

  test.each<[title: string, lines: string[], answer: string[]]>([
    ["with its length", ["Content-Length: 1234"], ["Content-Length: 1234"]],
    ["with a length of 0", ["Content-Length: 0"], ["Content-Length: 0"]],
    ["with a length beyond 1 MiB", ["Content-Length: 123456789"], ["Content-Length: 123456789"]],
    ["of chunks", ["Transfer-Encoding: chunked"], ["Transfer-Encoding: chunked"]],
  ])("is not there for HEAD %s", async (_, lines, expected) => {
    const given = await passed(answerBytes(200, [...lines, 'ETag: "x"']), "HEAD");
    expect([statusOf(given), fields(given)]).toEqual([200, fields({ lines: [...expected, 'ETag: "x"'] })]);
  });

  test("of unknown length is not said to be 0 for HEAD", async () => {
    const given = await passed(answerBytes(200, ['ETag: "x"']), "HEAD");
    expect([statusOf(given), given.values("content-length")]).toEqual([200, []]);
  });

  test.each([
    ["with the length of the content that a 200 has", ["Content-Length: 1234"]],
    ["without one", []],
  ])("is not there for 304 %s", async (_, lines) => {
    const given = await passed(answerBytes(304, [...lines, 'ETag: "x"']));
    expect([statusOf(given), fields(given)]).toEqual([304, fields({ lines: [...lines, 'ETag: "x"'] })]);
  });
});

describe("bytes after the end of an answer are not part of the next one:", () => {
  const POISON = answerBytes(200, ["Content-Length: 6"], "poison");
  test.each<[title: string, method: string, bytes: string]>([
    ["after its length", "GET", answerBytes(200, ["Content-Length: 2"], "ok")],
    ["after its chunks", "GET", answerBytes(200, ["Transfer-Encoding: chunked"], "2\r\nok\r\n0\r\n\r\n")],
    ["after a HEAD", "HEAD", answerBytes(200, ["Content-Length: 2"])],
    ["after a 204", "GET", answerBytes(204)],
    ["after a 304", "GET", answerBytes(304, ["Content-Length: 2"])],
  ])("%s", async (_, method, first) => {
    let is = "first";
    upstream.plays(async ({ connection, content }) => {
      await content();
      const good = answerBytes(200, ["Content-Length: 4"], "good");
      connection.write(is === "first" ? first + POISON : good);
    });
    const client = await gate.client();
    client.write(requestBytes("/x", [], { method }));
    expect((await answer(client, method)).content).not.toContain("poison");
    is = "next";
    client.write(requestBytes("/y"));
    expect((await answer(client)).content).toBe("good");
    client.reset();
  });
});
