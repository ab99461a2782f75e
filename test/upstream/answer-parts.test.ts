import { describe, expect, test } from "bun:test";
import { answerReading, type ReadAnswer } from "../support/read-answer.ts";

const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
const EARLY = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
const ALL_BYTES = String.fromCharCode(...Array.from({ length: 256 }, (_, code) => code));

type Expected = Partial<Omit<ReadAnswer, "head">> & { readonly status?: number };

/** Answers, each with the result however it is split. */
const ANSWERS: readonly [what: string, method: string, text: string, expected: Expected][] = [
  ["a length", "GET", `${OK}Content-Length: 5\r\n\r\nhello`, { content: "hello" }],
  ["a length of 0", "GET", `${OK}Content-Length: 0\r\n\r\n`, { content: "" }],
  ["all bytes", "GET", `${OK}Content-Length: 256\r\n\r\n${ALL_BYTES}`, { content: ALL_BYTES }],
  ["no content by its status", "GET", "HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n", { status: 304 }],
  ["no content by its method", "HEAD", `${OK}Content-Length: 5\r\n\r\n`, {}],
  [
    "no content but a length",
    "GET",
    "HTTP/1.1 204 x\r\nContent-Length: 5\r\n\r\n",
    { persists: false, status: 204 },
  ],
  [
    "a connection to close",
    "GET",
    `${OK}Connection: close\r\nContent-Length: 1\r\n\r\na`,
    { content: "a", persists: false },
  ],
  ["HTTP/1.0", "GET", "HTTP/1.0 200\r\nContent-Length: 1\r\n\r\na", { content: "a", persists: false }],
  [
    "lines that end with LF",
    "GET",
    "HTTP/1.1 200 OK\nA: b\nContent-Length: 5\n\na\r\n\r\n",
    { content: "a\r\n\r\n" },
  ],
  ["no chunk", "GET", `${CHUNKED}0\r\n\r\n`, { content: "" }],
  [
    "chunks",
    "GET",
    `${CHUNKED}3;x\r\nabc\r\n4\r\ndefg\r\n1\r\nh\r\n0\r\nA: b\r\n\r\n`,
    { content: "abcdefgh" },
  ],
  [
    "chunks of all bytes",
    "GET",
    `${CHUNKED}100\r\n${ALL_BYTES}\r\n2\r\n\r\n\r\n0\r\n\r\n`,
    { content: `${ALL_BYTES}\r\n` },
  ],
  [
    "no end but the connection's",
    "GET",
    `${OK}A: b\r\n\r\nhello\r\n\r\n0\r\n`,
    { content: "hello\r\n\r\n0\r\n", isComplete: false, persists: false },
  ],
  ["an early head", "GET", `${EARLY}${OK}Content-Length: 2\r\n\r\nab`, { content: "ab" }],
  [
    "two early heads and chunks",
    "GET",
    `HTTP/1.1 100 Continue\r\n\r\n${EARLY}${CHUNKED}1\r\na\r\n0\r\n\r\n`,
    { content: "a" },
  ],
  ["early heads only", "GET", EARLY.repeat(2), { isComplete: false, persists: false, order: [] }],
  [
    "half a length",
    "GET",
    `${OK}Content-Length: 5\r\n\r\nhe`,
    { content: "he", isComplete: false, persists: false },
  ],
  ["half a chunk", "GET", `${CHUNKED}5\r\nhe`, { content: "he", isComplete: false, persists: false }],
  ["no last chunk", "GET", `${CHUNKED}2\r\nhe\r\n`, { content: "he", isComplete: false, persists: false }],
  [
    "an open trailer",
    "GET",
    `${CHUNKED}2\r\nhe\r\n0\r\nA: b\r\n`,
    { content: "he", isComplete: false, persists: false },
  ],
  // Bytes after the end answer no request.
  ["a length and more", "GET", `${OK}Content-Length: 2\r\n\r\nabc`, { content: "ab", hasSurplus: true }],
  ["a length of 0 and more", "GET", `${OK}Content-Length: 0\r\n\r\n\r\n`, { hasSurplus: true }],
  ["chunks and more", "GET", `${CHUNKED}1\r\na\r\n0\r\n\r\n${OK}\r\n`, { content: "a", hasSurplus: true }],
  ["no content and more", "HEAD", `${OK}Content-Length: 2\r\n\r\nab`, { hasSurplus: true }],
  ["no content of a status and more", "GET", "HTTP/1.1 304 x\r\n\r\nab", { hasSurplus: true, status: 304 }],
];

describe("AnswerReader", () => {
  test.each(ANSWERS)("reads an answer with %s the same in one piece", (_, method, text, expected) => {
    const { status = 200, ...others } = expected;
    const { content = "", isComplete = true, hasSurplus = false } = others;
    const persists = isComplete && !hasSurplus && (others.persists ?? true);
    const order = others.order ?? ["head", ...(content && ["content"]), ...(isComplete ? ["end"] : [])];
    const result = readAs(method, [text]);
    expect(result).toMatchObject({ content, isComplete, hasSurplus, persists, order });
    expect(result.head?.status).toBe(order.length === 0 ? undefined : status);
  });

  test.each(ANSWERS)("reads an answer with %s the same, split at every byte", (_, method, text) => {
    const whole = readAs(method, [text]);
    for (let at = 1; at < text.length; at += 1)
      expect(readAs(method, [text.slice(0, at), text.slice(at)])).toEqual(whole);
  });

  test.each(ANSWERS)("reads an answer with %s the same, byte by byte", (_, method, text) => {
    const whole = readAs(method, [text]);
    expect(readAs(method, text.split(""))).toEqual(whole);
    // Some reads bring nothing.
    expect(readAs(method, ["", ...text.split("").flatMap((byte) => [byte, ""])])).toEqual(whole);
  });

  test("reads random chunked content the same, however it is split", () => {
    for (let round = 0; round < 30; round += 1) {
      const bytes = crypto.getRandomValues(Buffer.alloc(random(5000)));
      const content = bytes.toString("latin1");
      let text = CHUNKED;
      for (let at = 0; at < content.length;) {
        const chunk = content.slice(at, at + 1 + random(random(2) ? 8 : 2000));
        text += `${chunk.length.toString(16)}\r\n${chunk}\r\n`;
        at += chunk.length;
      }
      text += "0\r\n\r\n";
      const parts: string[] = [];
      for (let at = 0; at < text.length; at += parts.at(-1)?.length ?? 0)
        parts.push(text.slice(at, at + 1 + random(random(2) ? 5 : 3000)));
      const result = readAs("GET", parts);
      expect(result.content === content).toBe(true);
      expect(result).toMatchObject({ isComplete: true, hasSurplus: false, persists: true });
    }
  });
});

function readAs(method: string, parts: readonly string[]): ReadAnswer {
  const { read, result } = answerReading(method);
  read(...parts);
  return result();
}

const random = (below: number): number => Math.floor(Math.random() * below);
