import { describe, expect, test } from "bun:test";
import { ChunkDecoder } from "../../src/upstream/chunk-decoder.ts";
import { reasonOf } from "../support/answer-text.ts";

/** The maximum number of bytes in a row that are not content. */
const MAX_OVERHEAD = 16 * 1024;

describe("ChunkDecoder", () => {
  test.each<[text: string, content: string]>([
    ["0\r\n\r\n", ""],
    ["5\r\nhello\r\n0\r\n\r\n", "hello"],
    ["1\r\na\r\n2\r\nbc\r\n3\r\ndef\r\n0\r\n\r\n", "abcdef"],
    // Digits in either case, and zeros before them.
    ["a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789"],
    ["0000000000005\r\nhello\r\n0000000000000\r\n\r\n", "hello"],
    [`1F\r\n${"x".repeat(31)}\r\n0\r\n\r\n`, "x".repeat(31)],
    [`100\r\n${"x".repeat(256)}\r\n0\r\n\r\n`, "x".repeat(256)],
    // Content that looks like framing.
    ["7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n", "\r\n0\r\n\r\n"],
    ["1\r\n\r\r\n1\r\n\n\r\n0\r\n\r\n", "\r\n"],
    ["2\r\n\0\xff\r\n0\r\n\r\n", "\0\xff"],
    // Extensions and trailers are dropped, and so are spaces after a size.
    ['5;a=b;c="d;\xe9\\" e"\r\nhello\r\n0;end\r\n\r\n', "hello"],
    ["5;\r\nhello\r\n0;5\r\n\r\n", "hello"],
    ["5  \r\nhello\r\n0 \r\n\r\n", "hello"],
    ["5 ;a\r\nhello\r\n0 ; b\r\n\r\n", "hello"],
    ["5\r\nhello\r\n0\r\nA: b\r\nContent-Length: 3\r\n\r\n", "hello"],
    ["5\r\nhello\r\n0\r\n5: \xe9\r\n\r\n", "hello"],
  ])("reads of %j the content %j, whole and byte by byte, and what is surplus", (text, content) => {
    for (const surplus of ["", "H", "0\r\n\r\n"]) {
      const whole = new ChunkDecoder();
      expect(latin1(whole.decode(bytesOf(text + surplus)))).toBe(content);
      expect([whole.isComplete, whole.surplus]).toEqual([true, surplus.length]);
    }
    const parted = new ChunkDecoder();
    let read = "";
    for (const character of text) {
      expect(parted.isComplete).toBe(false);
      read += latin1(parted.decode(bytesOf(character)));
    }
    expect([read, parted.isComplete, parted.surplus]).toEqual([content, true, 0]);
    expect([parted.decode(bytesOf("ab")).length, parted.surplus]).toEqual([0, 2]);
  });

  test.each([
    // Characters that can't begin a size.
    ...["\r", "\n", ";", " ", "\t", "-", "+", "g", "G", "x", "/", ":", "@", "`", "\0", "\x80", "\xb5"],
    // Control bytes that differ from a digit in one bit.
    ...Array.from({ length: 10 }, (_, digit) => String.fromCharCode(0x10 + digit)),
    ...Array.from({ length: 10 }, (_, digit) => `5${String.fromCharCode(0x10 + digit)}`),
    // Characters that can't continue a size.
    ...["5\n", "5x", "5,", "5-", "5.", "0x", "5\r5", "5\r\r", "5\r;", "5 6", "5 x", "5  6", "5 ; a\n"],
    // More digits than a number holds exactly.
    ...["0".repeat(14), `1${"0".repeat(13)}`, "f".repeat(14)],
    // Extensions and trailers with a bare CR or LF.
    ...[
      "5;a\n",
      "5;a\rb",
      "5;\r\r",
      "0\r\nA: b\n",
      "0\r\nA\rb",
      "0\r\n\n",
      "0\r\n\r\r",
      "0\r\n\rA",
      "0\r\nA\r\n\n",
    ],
    // Content that is longer or shorter than its size.
    ...["1\r\nab", "1\r\na0", "1\r\na\n", "1\r\na\rb", "1\r\na\r\r", "3\r\na\r\n0", "1\r\na\r\n\r"],
  ])("refuses %j as soon as its last byte has come", (text) => {
    const before = text.slice(0, -1);
    const whole = new ChunkDecoder();
    expect(reasonOf(() => whole.decode(bytesOf(before)))).toBeNull();
    expect(whole.isComplete).toBe(false);
    expect(reasonOf(() => whole.decode(bytesOf(text.slice(-1))))).toBe("invalid_answer");
    expect(reasonOf(() => new ChunkDecoder().decode(bytesOf(`${text}\r\n\r\n`)))).toBe("invalid_answer");
  });

  test("reads the largest size exactly", () => {
    const decoder = new ChunkDecoder();
    expect(latin1(decoder.decode(bytesOf("fffffffffffff\r\nab\r\n0\r\n\r\n")))).toBe("ab\r\n0\r\n\r\n");
    expect(decoder.isComplete).toBe(false);
  });

  test("returns content as a subarray of its input, that of several chunks in one piece", () => {
    const bytes = bytesOf("3;x\r\nabc\r\n4\r\ndefg\r\n1\r\nh\r\n0\r\nA: b\r\n\r\n");
    const piece = new ChunkDecoder().decode(bytes);
    expect(latin1(piece)).toBe("abcdefgh");
    expect(piece.buffer).toBe(bytes.buffer);
    expect(piece.byteOffset).toBe(bytes.byteOffset + 5);
  });

  test("continues within a chunk, and returns nothing if only framing has arrived", () => {
    const decoder = new ChunkDecoder();
    const pieces = ["6;a", "\r\nab", "cd", "ef", "\r", "\n1\r\n", "g\r\n0\r\n", "\r\n"].map((text) =>
      latin1(decoder.decode(bytesOf(text))),
    );
    expect(pieces).toEqual(["", "ab", "cd", "ef", "", "", "g", ""]);
    expect(decoder.isComplete).toBe(true);
  });

  test("keeps random content in chunks of any size, however it is split", () => {
    for (let round = 0; round < 40; round += 1) {
      const content = Buffer.alloc(random(20_000));
      crypto.getRandomValues(content);
      const framed: Buffer[] = [];
      for (let at = 0; at < content.length;) {
        const chunk = content.subarray(at, at + 1 + random(random(2) ? 8 : 4000));
        framed.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from("\r\n"));
        at += chunk.length;
      }
      const text = Buffer.concat([...framed, Buffer.from("0\r\n\r\n")]);
      const decoder = new ChunkDecoder();
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < text.length;) {
        const part = Buffer.from(text.subarray(at, at + 1 + random(random(2) ? 5 : 6000)));
        at += part.length;
        pieces.push(decoder.decode(part));
      }
      expect(Buffer.concat(pieces).equals(content)).toBe(true);
      expect([decoder.isComplete, decoder.surplus]).toEqual([true, 0]);
    }
  });
});

describe("ChunkDecoder, of bytes without content,", () => {
  const filled = (before: string, after: string, size: number) =>
    `${before}${"x".repeat(size - before.length - after.length)}${after}`;

  test.each<[what: string, content: string, framing: (size: number) => string, isComplete: boolean]>([
    ["an extension of the first chunk", "", (size) => `${filled("1;", "\r\n", size)}a`, false],
    ["an extension of a later chunk", "1\r\na", (size) => `${filled("\r\n1;", "\r\n", size)}a`, false],
    ["an extension of the last chunk", "1\r\na", (size) => filled("\r\n0;", "\r\n\r\n", size), true],
    ["one trailer", "1\r\na", (size) => filled("\r\n0\r\nA: ", "\r\n\r\n", size), true],
    ["many trailers", "", (size) => filled(`0\r\n${"A: b\r\n".repeat(2000)}A: `, "\r\n\r\n", size), true],
  ])("reads a bounded number in %s", (_, content, framing, isComplete) => {
    for (const part of [1, 1000, Number.POSITIVE_INFINITY]) {
      const decoder = new ChunkDecoder();
      feed(decoder, content + framing(MAX_OVERHEAD), part);
      expect(decoder.isComplete).toBe(isComplete);
      const other = new ChunkDecoder();
      expect(reasonOf(() => feed(other, content + framing(MAX_OVERHEAD + 1), part))).toBe("invalid_answer");
    }
  });

  test("refuses endless framing before its end", () => {
    for (const start of ["1;", "1 ", "0\r\nA: ", "1\r\na\r\n0\r\n"]) {
      const decoder = new ChunkDecoder();
      const endless = () => feed(decoder, start + "; A".repeat(MAX_OVERHEAD / 3 + 1), 100);
      expect(reasonOf(endless)).toBe("invalid_answer");
    }
  });

  test("counts from zero after content, so that any number of small chunks is accepted", () => {
    const decoder = new ChunkDecoder();
    const chunk = `1;${"x".repeat(1000)}\r\na\r\n`;
    expect(decoder.decode(bytesOf(`${chunk.repeat(100)}0\r\n\r\n`))).toHaveLength(100);
    expect(decoder.isComplete).toBe(true);
  });
});

function feed(decoder: ChunkDecoder, text: string, part: number): void {
  for (let at = 0; at < text.length; at += part) decoder.decode(bytesOf(text.slice(at, at + part)));
}

/** A copy of its own, because the decoder overwrites its input. */
const bytesOf = (text: string): Buffer => Buffer.from(text, "latin1");
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
const random = (below: number): number => Math.floor(Math.random() * below);
