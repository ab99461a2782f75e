import { describe, expect, test } from "bun:test";
import { LIMITS } from "../../src/limits.ts";
import { answerHead, type AnswerFraming } from "../../src/upstream/answer-head.ts";
import { headText, reasonOf } from "../support/answer-text.ts";

const OK = "HTTP/1.1 200 OK";
const LENGTH = "Content-Length: 3";
const CHUNKED = "Transfer-Encoding: chunked";

describe("answerHead() of content", () => {
  test.each<
    [method: string, status: number, fields: string[], framing: AnswerFraming, length: number | null]
  >([
    // RFC 9112 6.3, its rules in their order.
    ["HEAD", 200, [LENGTH], "none", 3],
    ["HEAD", 200, [CHUNKED], "none", null],
    ["HEAD", 200, [], "none", null],
    ["GET", 204, [LENGTH], "none", 3],
    ["GET", 204, [CHUNKED], "none", null],
    ["GET", 205, [LENGTH], "none", 3],
    ["GET", 304, [LENGTH], "none", 3],
    ["GET", 304, [], "none", null],
    ["GET", 200, [CHUNKED], "chunks", null],
    ["POST", 500, ["transfer-ENCODING: CHUNKED"], "chunks", null],
    ["GET", 200, ["Transfer-Encoding:chunked \t"], "chunks", null],
    ["GET", 200, [LENGTH], "length", 3],
    ["GET", 200, ["content-LENGTH: 0"], "length", 0],
    ["GET", 200, ["Content-Length: 0012 "], "length", 12],
    ["GET", 200, [`Content-Length: ${Number.MAX_SAFE_INTEGER}`], "length", Number.MAX_SAFE_INTEGER],
    ["GET", 200, [], "connection", null],
    ["head", 200, [], "connection", null],
    ["GET", 206, [], "connection", null],
    ["GET", 200, ["X-Content-Length: 3", "X-Transfer-Encoding: chunked"], "connection", null],
  ])("frames %s %p %j by %s, length %p", (method, status, fields, framing, length) => {
    const found = answerHead(headText(`HTTP/1.1 ${status}`, ...fields), method);
    expect(found).toMatchObject({ status, framing, length });
  });

  test.each([
    // Two lengths, equal or not, and lists of them.
    [[LENGTH, LENGTH]],
    [[LENGTH, "content-length: 4"]],
    [["Content-Length: 3, 3"]],
    [["Content-Length: 3,"]],
    // Lengths that are not only digits.
    ...["", "+3", "-3", "-0", "0x3", "3.0", "3e0", "1 2", "1\t2", "a", "3;", "3\xa0", "\xa03"].map(
      (value) => [[`Content-Length: ${value}`]],
    ),
    // Beyond this, JavaScript numbers are not exact.
    ...[`${2 ** 53}`, "9007199254740993", "9".repeat(400)].map((value) => [[`Content-Length: ${value}`]]),
    // A length with a coding, whatever their order.
    [[LENGTH, CHUNKED]],
    [[CHUNKED, LENGTH]],
    [["Content-Length: 0", CHUNKED]],
    // Codings that a client could not decode, because it does not receive the field.
    [[CHUNKED, CHUNKED]],
    [["Transfer-Encoding: gzip", CHUNKED]],
    [[CHUNKED, "Transfer-Encoding:"]],
    ...["", "gzip", "identity", "gzip, chunked", "chunked, gzip", "chunked, chunked", "chunked,"].map(
      (value) => [[`Transfer-Encoding: ${value}`]],
    ),
    ...["xchunked", "chunked;q=1", '"chunked"', "chunked\xa0", "chun ked", ",chunked"].map((value) => [
      [`Transfer-Encoding: ${value}`],
    ]),
  ])("refuses %j, whatever the method and the status", (fields) => {
    for (const method of ["GET", "HEAD"])
      for (const status of [200, 204, 304])
        expect(reasonOf(() => answerHead(headText(`HTTP/1.1 ${status}`, ...fields), method))).toBe(
          "invalid_answer",
        );
  });
});

describe("answerHead() of connections", () => {
  test.each<[version: string, connection: string[], persists: boolean]>([
    ["1.1", [], true],
    ["1.1", ["keep-alive"], true],
    ["1.1", ["close"], false],
    ["1.1", ["Close"], false],
    ["1.1", ["keep-alive, CLOSE"], false],
    ["1.1", ["x-a,close,x-b"], false],
    ["1.1", ["keep-alive", "close"], false],
    ["1.1", ["close", "keep-alive"], false],
    ["1.1", ["closed, disclose"], true],
    ["1.1", [""], true],
    ["1.0", [], false],
    ["1.0", ["keep-alive"], true],
    ["1.0", ["Keep-Alive"], true],
    ["1.0", ["x-a ,KEEP-ALIVE"], true],
    ["1.0", ["x-a", "keep-alive"], true],
    ["1.0", ["close"], false],
    ["1.0", ["x-keep-alive"], false],
    // RFC 9112 9.3: close takes precedence.
    ["1.0", ["keep-alive, close"], false],
    ["1.0", ["close", "keep-alive"], false],
  ])("of HTTP/%s with %j says that it persists: %p", (version, connection, persists) => {
    const fields = [LENGTH, ...connection.map((value) => `Connection: ${value}`)];
    expect(answerHead(headText(`HTTP/${version} 200`, ...fields), "GET")?.persists).toBe(persists);
  });

  test.each<[method: string, status: number, fields: string[], persists: boolean]>([
    ["GET", 200, [CHUNKED], true],
    ["GET", 200, [], false],
    ["GET", 200, ["Connection: keep-alive"], false],
    ["HEAD", 200, [], true],
    ["HEAD", 200, [LENGTH], true],
    ["HEAD", 200, [CHUNKED], true],
    ["GET", 304, [LENGTH], true],
    ["GET", 304, [CHUNKED], true],
    ["GET", 204, [], true],
    ["GET", 204, ["Content-Length: 0"], true],
    // Content that is not allowed might follow.
    ["GET", 204, [LENGTH], false],
    ["GET", 204, [CHUNKED], false],
    ["GET", 205, [LENGTH], false],
  ])("of an answer to %s with %p %j says that it persists: %p", (method, status, fields, persists) => {
    expect(answerHead(headText(`HTTP/1.1 ${status}`, ...fields), method)?.persists).toBe(persists);
  });

  test("RFC 9112 6.1: does not persist after chunks of HTTP/1.0", () => {
    const fields = [CHUNKED, "Connection: keep-alive"];
    const found = answerHead(headText("HTTP/1.0 200", ...fields), "GET");
    expect(found).toMatchObject({ framing: "chunks", persists: false });
  });
});

describe("answerHead() of malformed heads", () => {
  test.each([
    ...["HTTP/1.1 101 Switching Protocols", "HTTP/1.1 099 Low", "HTTP/1.1 000", "HTTP/1.1 600 High"],
    ...["HTTP/1.1 999", "HTTP/1.1 20", "HTTP/1.1 2000", "HTTP/1.1 2x0 OK", "HTTP/1.1 +20 OK", "HTTP/1.1 "],
    ...["HTTP/1.1  200 OK", "HTTP/1.1\t200 OK", " HTTP/1.1 200 OK", "HTTP/1.1 200OK", "HTTP/1.1 200\tOK"],
    ...["HTTP/1.2 200 OK", "HTTP/2.0 200 OK", "HTTP/2 200 OK", "HTTP/0.9 200 OK", "HTTP/11 200 OK", ""],
    ...["http/1.1 200 OK", "ICY 200 OK", "\r\nHTTP/1.1 200 OK", "\nHTTP/1.1 200 OK", "GET / HTTP/1.1"],
    ...["HTTP/1.1 200 O\0K", "HTTP/1.1 200 O\x7fK", "HTTP/1.1 200 O\rK", "HTTP/1.1 200 O\nK"],
    ...["HTTP/1.1 200 OK\n", "HTTP/1.1 200 OK\r", "HTTP/1.1 200 OK\r\n\rX: 1"],
  ])("refuses the status line %j", (line) => {
    expect(reasonOf(() => answerHead(headText(line, LENGTH), "GET"))).toBe("invalid_answer");
  });

  test.each([
    // Folded lines, and spaces before the colon (RFC 9112 5.1, 5.2).
    ...["A: b\r\n c", "A: b\r\n\tc", " A: b", "\tA: b", "A : b", "A\t: b", "A B: c"],
    ...[
      "A",
      "A b",
      ": b",
      ":",
      "=a",
      "(a): b",
      "A\xe9: b",
      'A": b',
      "A[]: b",
      "A/b: c",
      "A\0: b",
      "A\x7f: b",
    ],
    ...Array.from({ length: 32 }, (_, code) => String.fromCharCode(code))
      .filter((character) => character !== "\t")
      .map((character) => `A: b${character}c`),
    ...["A: b\x7fc", "A: \0", "A: b\n", "A: b\r", "A: b\n\nContent-Length: 4", "A: b\rContent-Length: 4"],
    // A line that begins like the end of the head, and would hide what follows.
    ...["\rContent-Length: 4", "\rA: b", "\r", "\n", "\nA: b"],
  ])("refuses the field %j, wherever it is", (field) => {
    for (const fields of [[field], [field, LENGTH], ["X-A: 1", field], ["X-A: 1", field, "X-B: 1"]])
      for (const line of [OK, "HTTP/1.1 103"])
        expect(reasonOf(() => answerHead(headText(line, ...fields), "GET"))).toBe("invalid_answer");
  });

  test("accepts a bounded number of fields, hop-by-hop fields included", () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => `X-${index}: 1`);
    const { answerFields } = LIMITS;
    expect(answerHead(headText(OK, ...many(answerFields)), "GET")?.fields).toHaveLength(answerFields);
    const hops = [...many(answerFields - 1), "Keep-Alive: 1"];
    expect(answerHead(headText(OK, ...hops), "GET")?.fields).toHaveLength(answerFields - 1);
    for (const fields of [many(answerFields + 1), [...hops, "Keep-Alive: 1"]])
      expect(reasonOf(() => answerHead(headText(OK, ...fields), "GET"))).toBe("invalid_answer");
  });

  test.each([
    ["spaces before a control byte", `A:${" ".repeat(60_000)}\0`, "invalid_answer"],
    ["spaces within a value and a control byte", `A: b${" ".repeat(60_000)}\0`, "invalid_answer"],
    ["spaces within a value", `A: b${" ".repeat(60_000)}c`, null],
    ["spaces after a value", `A: b${" ".repeat(60_000)}`, null],
  ])("reads %s in a time that grows with their number only", (_, field, reason) => {
    const before = process.cpuUsage();
    expect(reasonOf(() => answerHead(headText(OK, field), "GET"))).toBe(reason);
    // It takes 1 ms of a processor; a quadratic scan takes 3 s.
    expect(process.cpuUsage(before).user).toBeLessThan(500_000);
  });
});
