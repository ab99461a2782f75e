import { describe, expect, test } from "bun:test";
import { LIMITS } from "../../src/limits.ts";
import { AnswerReader } from "../../src/upstream/answer-reader.ts";
import { reasonOf } from "../support/answer-text.ts";
import { answerReading, ownBytes } from "../support/read-answer.ts";

const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
const EARLY = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
const EMPTY = `${OK}Content-Length: 0\r\n\r\n`;

describe("AnswerReader", () => {
  test("reports whether a byte has arrived, and passes on the head before the content", () => {
    const { reader, heads, read, result } = answerReading();
    expect(reader.hasBegun).toBe(false);
    read("H");
    expect(reader.hasBegun).toBe(true);
    expect(heads).toEqual([]);
    read(`${OK.slice(1)}Content-Length: 2\r\n\r\n`);
    expect(heads).toMatchObject([{ status: 200, framing: "length", length: 2 }]);
    expect(result()).toMatchObject({ order: ["head"], isComplete: false });
  });

  test("parses the head for the method of the request", () => {
    for (const [method, framing] of [
      ["HEAD", "none"],
      ["GET", "length"],
    ] as const) {
      const { heads, read } = answerReading(method);
      read(`${OK}Content-Length: 2\r\n\r\n`);
      expect(heads).toMatchObject([{ framing }]);
    }
  });

  test("passes on the content of each read as one piece of its bytes, without the surplus", () => {
    for (const [head, reads] of [
      [`${OK}Content-Length: 6\r\n\r\n`, ["abc", "defgh"]],
      [CHUNKED, ["1\r\na\r\n2\r\nbc\r\n", "3\r\ndef\r\n0\r\n\r\ngh"]],
    ] as const) {
      const { reader, pieces, read } = answerReading();
      read(head);
      const given = reads.map(ownBytes);
      for (const bytes of given) reader.read(bytes);
      expect(pieces.map((piece) => Buffer.from(piece).toString("latin1"))).toEqual(["abc", "def"]);
      for (const [index, piece] of pieces.entries())
        expect(piece.buffer).toBe(given[index]?.buffer as ArrayBuffer);
      expect(reader.hasSurplus).toBe(true);
    }
  });

  test("does not use the memory of a piece again once it is passed on", () => {
    const texts = [`${EARLY}${CHUNKED}2\r\nab`, "\r\n1\r\nc\r\n2\r\nd", "e\r\n0\r\n\r\n"];
    let content = "";
    let isComplete = false;
    const reader = new AnswerReader("GET", {
      head() {},
      content(piece) {
        content += Buffer.from(piece).toString("latin1");
        (piece.buffer as ArrayBuffer).transfer(0);
      },
      end: () => (isComplete = true),
    });
    for (const text of texts) reader.read(ownBytes(text));
    expect([content, isComplete, reader.persists]).toEqual(["abcde", true, true]);
  });

  test("does not persist once bytes follow the end, even later, and passes on none of them", () => {
    for (const text of [EMPTY, `${CHUNKED}0\r\n\r\n`]) {
      const { reader, read, result } = answerReading();
      read(text);
      expect(reader.persists).toBe(true);
      read("");
      expect(reader.persists).toBe(true);
      read(OK);
      read("");
      expect(result()).toMatchObject({ order: ["head", "end"], hasSurplus: true, persists: false });
    }
  });
});

describe("AnswerReader.close()", () => {
  test.each<[what: string, text: string, isComplete: boolean, order: string[]]>([
    ["content that nothing else ends", `${OK}\r\nab`, true, ["head", "content", "end"]],
    ["none of such content", `${OK}\r\n`, true, ["head", "end"]],
    ["all of a length", `${OK}Content-Length: 1\r\n\r\na`, true, ["head", "content", "end"]],
    ["no content", EMPTY, true, ["head", "end"]],
    ["nothing", "", false, []],
    ["a part of a head", OK, false, []],
    ["an informational head", EARLY, false, []],
    ["a part of a length", `${OK}Content-Length: 2\r\n\r\na`, false, ["head", "content"]],
    ["no chunk", CHUNKED, false, ["head"]],
    ["chunks without the last", `${CHUNKED}1\r\na\r\n`, false, ["head", "content"]],
    ["chunks without the empty line", `${CHUNKED}0\r\n`, false, ["head"]],
  ])("after %s", (_, text, isComplete, order) => {
    const { reader, read, result } = answerReading();
    read(text);
    expect([reader.close(), reader.close()]).toEqual([isComplete, isComplete]);
    expect(result()).toMatchObject({ order, isComplete });
  });

  test("leaves no connection that could be reused", () => {
    const { reader, read } = answerReading();
    read(`${OK}Connection: keep-alive\r\n\r\n`);
    expect([reader.close(), reader.persists]).toEqual([true, false]);
  });
});

describe("AnswerReader of malformed answers", () => {
  test.each([
    ...[
      "S",
      "\r",
      "\n",
      " ",
      "\0",
      "h",
      "HTTP/2",
      "HTTP/1 ",
      "HTTP/0",
      "HTTPS",
      "HTT\r",
      "<",
      "\x16\x03\x01",
    ],
    // Mixed line endings: a value that contains a bare LF would be read as several fields.
    ...[`${OK}A: b\n`, `${OK}\n`, "HTTP/1.1 200 OK\nA: b\r\n", "HTTP/1.1 200 OK\n\r\n"],
    ...["HTTP/1.1 101 Switching\r\n\r\n", "HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "HTTP/1.2 200 OK\r\n\r\n"],
    ...[`${CHUNKED}x`, `${CHUNKED}1\r\nab`, `${CHUNKED}5\n`],
  ])("refuses %j as soon as it shows, also after an informational head", (text) => {
    const last = text === "\x16\x03\x01" ? 1 : text.length;
    for (const before of ["", EARLY]) {
      const whole = answerReading();
      expect(reasonOf(() => whole.read(before + text))).toBe("invalid_answer");
      const parted = answerReading();
      const parts = [...before, ...text];
      expect(reasonOf(() => parted.read(...parts.slice(0, before.length + last - 1)))).toBeNull();
      expect(reasonOf(() => parted.read(parts[before.length + last - 1] ?? ""))).toBe("invalid_answer");
    }
  });

  test("accepts a head of a bounded size, wherever it is split", () => {
    const { answerHead } = LIMITS;
    const sized = (size: number) => {
      const start = `${OK}Content-Length: 0\r\nA: `;
      return `${start}${"x".repeat(size - start.length - 4)}\r\n\r\n`;
    };
    for (const before of ["", EARLY])
      for (let split = 0; split <= 6; split += 1) {
        const parts = (text: string) => [
          before + text.slice(0, -split || undefined),
          split ? text.slice(-split) : "",
        ];
        const largest = answerReading();
        expect(reasonOf(() => largest.read(...parts(sized(answerHead))))).toBeNull();
        expect(largest.reader.isComplete).toBe(true);
        const larger = answerReading();
        expect(reasonOf(() => larger.read(...parts(sized(answerHead + 1))))).toBe("invalid_answer");
        expect(larger.heads).toEqual([]);
      }
  });

  test("refuses an unfinished head once it is larger", () => {
    const { reader, read } = answerReading();
    const piece = `A: ${"x".repeat(1000)}\r\n`;
    const endless = () => {
      read(OK);
      for (let size = 0; size <= LIMITS.answerHead; size += piece.length) read(piece);
    };
    expect(reasonOf(endless)).toBe("invalid_answer");
    expect(reader.isComplete).toBe(false);
  });

  test("accepts a bounded number of informational answers", () => {
    const { informationalAnswers } = LIMITS;
    for (const text of [EARLY, "HTTP/1.1 100 Continue\r\n\r\n"]) {
      const most = Array.from({ length: informationalAnswers }, () => text);
      for (const parts of [[...most, EMPTY], [most.join("") + EMPTY]]) {
        const { read, result } = answerReading();
        read(...parts);
        expect(result()).toMatchObject({ order: ["head", "end"], persists: true });
      }
      for (const parts of [[...most, text], [most.join("") + text + EMPTY]]) {
        const { read, heads } = answerReading();
        expect(reasonOf(() => read(...parts))).toBe("invalid_answer");
        expect(heads).toEqual([]);
      }
    }
  });
});
