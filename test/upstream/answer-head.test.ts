import { describe, expect, test } from "bun:test";
import { answerHead, type AnswerHead } from "../../src/upstream/answer-head.ts";
import { headText } from "../support/answer-text.ts";

const OK = "HTTP/1.1 200 OK";

describe("answerHead()", () => {
  test("reads the status, the fields and what they declare about the content", () => {
    const text = headText(
      ...[OK, "Server: up", "content-TYPE:text/html", "Content-Length: 3", "X-A: 1", "Connection: close"],
    );
    expect(answerHead(text, "GET")).toEqual({
      status: 200,
      fields: [
        ["Server", "up"],
        ["content-TYPE", "text/html"],
        ["X-A", "1"],
      ],
      framing: "length",
      length: 3,
      type: "text/html",
      isEncoded: false,
      persists: false,
    });
  });

  test("reads a head without a field", () => {
    expect(answerHead(headText(OK), "GET")).toEqual({
      ...{ status: 200, fields: [], framing: "connection", length: null, type: null },
      ...{ isEncoded: false, persists: false },
    });
  });

  test.each([
    ["HTTP/1.1 200 OK", 200],
    ["HTTP/1.0 404 Not Found", 404],
    ["HTTP/1.1 599 ", 599],
    ["HTTP/1.1 302", 302],
    ["HTTP/1.1 299 caf\xe9\t(really)  ", 299],
  ])("reads of %j the status %p", (line, status) => {
    expect(head([], { line }).status).toBe(status);
  });

  test.each([100, 102, 103, 199])("returns null for the informational status %p", (status) => {
    const fields = ["Link: </a>", "Content-Length: 3", "Connection: close"];
    expect(answerHead(headText(`HTTP/1.1 ${status} Wait`, ...fields), "GET")).toBeNull();
    expect(answerHead(headText(`HTTP/1.1 ${status}`), "GET")).toBeNull();
  });
});

describe("answerHead() of values", () => {
  test.each([
    ["A: b", "b"],
    ["A:b", "b"],
    ["A: \t b \t ", "b"],
    ["A:", ""],
    ["A: \t ", ""],
    ["A: b  c\td", "b  c\td"],
    ["A: b: c, d", "b: c, d"],
    ["A: \x80\xe9\xff", "\x80\xe9\xff"],
    // UTF-8 whose last byte, 0xA0, is white space to JavaScript but not to HTTP.
    ["A: voil\xc3\xa0", "voil\xc3\xa0"],
    ["A: \xa0b\xa0 ", "\xa0b\xa0"],
  ])("takes of %j the value %j", (line, value) => {
    expect(head([line]).fields).toEqual([["A", value]]);
  });

  test("accepts every character of a token in a name, and keeps its case", () => {
    const name = "!#$%&'*+-.^_`|~09azAZ";
    expect(head([`${name}: 1`]).fields).toEqual([[name, "1"]]);
  });

  test("keeps fields of one name apart, in their order", () => {
    const fields: [string, string][] = [
      ["Set-Cookie", "a=1"],
      ["X", "1"],
      ["set-cookie", "b=2, c"],
      ["x", "1"],
    ];
    expect(head(linesOf(fields)).fields).toEqual(fields);
  });

  test.each([
    [["Content-Type: text/event-stream; a=b"], "text/event-stream; a=b", false],
    [["CONTENT-type: A/B", "CONTENT-ENCODING: gzip"], "A/B", true],
    [["content-encoding: br"], null, true],
    [["X-Content-Type: a/b", "X-Content-Encoding: gzip"], null, false],
  ])("reads of %j the type %p, encoded: %p", (lines, type, isEncoded) => {
    expect(head(lines)).toMatchObject({ fields: lines.map(fieldOf), type, isEncoded });
  });
});

describe("answerHead() of hop-by-hop fields", () => {
  test("keeps every end-to-end field", () => {
    const kept: [string, string][] = [
      ["content-encoding", "gzip"],
      ["content-type", "text/plain"],
      ["date", "Sat, 28 Nov 2026 11:00:00 GMT"],
      ["Date", "Sat, 28 Nov 2026 11:00:00 GMT"],
      ["etag", '"x"'],
      ["proxy-status", "up; received-status=200"],
      ["server", "up"],
      ["www-authenticate", "Basic, Bearer"],
      ["x_custom", "1"],
      ["__proto__", "1"],
    ];
    expect(head(linesOf(kept)).fields).toEqual(kept);
  });

  test.each([
    ...["connection", "keep-alive", "upgrade", "te", "trailer", "alt-svc", "http2-settings"],
    ...["proxy-connection", "proxy-authenticate", "proxy-authorization", "proxy-authentication-info"],
    ...["Connection", "Keep-Alive", "UPGRADE", "Proxy-Authenticate"],
  ])("removes the hop-by-hop field %s", (name) => {
    expect(head([`${name}: x`, "X-Last: 1"]).fields).toEqual([["X-Last", "1"]]);
  });

  test.each(["transfer-encoding", "Transfer-Encoding", "TRANSFER-ENCODING"])("removes %s", (name) => {
    expect(head([`${name}: chunked`, "X-Last: 1"]).fields).toEqual([["X-Last", "1"]]);
  });

  test.each([
    ["one line", ["Connection: close, X-Hop,no name,x-absent, X-OTHER"]],
    ["several lines", ["Connection: close", "connection: x-hop", "CONNECTION: X-Other ,"]],
  ])("removes what Connection names on %s, and no other", (_, connection) => {
    const named = ["X-Hop: 1", "x-hop: 2", "x-hop-2: 3", "x-other: 4"];
    expect(head([...named, ...connection, "X-HOP: 5"]).fields).toEqual([["x-hop-2", "3"]]);
  });

  test.each(["Content-Type", "Content-Encoding", "Set-Cookie"])(
    "keeps %s though Connection names it",
    (name) => expect(head([`Connection: ${name}`, `${name}: 1`]).fields).toEqual([[name, "1"]]),
  );

  test("keeps Content-Length where no content follows, and leaves it to Bun elsewhere", () => {
    const lines = ["Connection: Content-Length", "content-length: 3"];
    expect(head(lines, { method: "HEAD" })).toMatchObject({ length: 3, fields: [["Content-Length", "3"]] });
    expect(head(lines)).toMatchObject({ length: 3, fields: [] });
  });
});

/** The head with these fields; throws if it is informational. */
function head(fields: readonly string[], { line = OK, method = "GET" } = {}): AnswerHead {
  const found = answerHead(headText(line, ...fields), method);
  if (found === null) throw new Error("the head is informational");
  return found;
}

const linesOf = (fields: [string, string][]) => fields.map(([name, value]) => `${name}: ${value}`);
const fieldOf = (line: string) => line.split(": ") as [string, string];
