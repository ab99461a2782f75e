import { describe, expect, test } from "bun:test";
import { LIMITS } from "../../../src/limits.ts";
import { StreamedContent, WholeContent } from "../../../src/routes/proxy/answer-content.ts";
import type { Connection } from "../../../src/upstream/connection.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (piece: Uint8Array | undefined) => Buffer.from(piece ?? []).toString("latin1");

describe("WholeContent", () => {
  test("of one piece is that piece", () => {
    const content = new WholeContent(3);
    const piece = bytes("abc");
    content.add(piece);
    expect(content.bytes).toBe(piece);
  });

  test("of several keeps none of their memory", () => {
    const content = new WholeContent(6);
    for (const part of ["a", "bcd", "ef"]) {
      const piece = bytes(part);
      content.add(piece);
      piece.fill(0);
    }
    expect(text(content.bytes)).toBe("abcdef");
  });

  test("of nothing is empty", () => {
    expect(new WholeContent(0).bytes).toHaveLength(0);
  });
});

/** Streamed content, its reader, and what is asked of its connection and its request, in order. */
function streamed() {
  const asked: string[] = [];
  const connection = { rest: () => void asked.push("rest"), resume: () => void asked.push("resume") };
  const content = new StreamedContent(connection as Connection, () => void asked.push("left"));
  return { content, reader: content.stream.getReader(), asked };
}

describe("StreamedContent", () => {
  test("passes on pieces as they came, and ends", async () => {
    const { content, reader } = streamed();
    const [one, two] = [bytes("one"), bytes("two")];
    content.add(one);
    expect((await reader.read()).value).toBe(one);
    const next = reader.read();
    content.add(two);
    content.close();
    expect((await next).value).toBe(two);
    expect(await reader.read()).toEqual({ done: true, value: undefined });
  });

  test("lets its connection rest once much waits, until the reader has none left", async () => {
    const { content, reader, asked } = streamed();
    content.add(new Uint8Array(LIMITS.answerWaiting - 1));
    expect(asked).toEqual([]);
    content.add(new Uint8Array(1));
    expect(asked).toEqual(["rest"]);
    await reader.read();
    await reader.read();
    expect(asked).toEqual(["rest"]);
    const next = reader.read();
    expect(asked).toEqual(["rest", "resume"]);
    // What was read waits no more.
    content.add(new Uint8Array(LIMITS.answerWaiting - 1));
    await next;
    expect(asked).toEqual(["rest", "resume"]);
    const large = reader.read();
    content.add(new Uint8Array(LIMITS.answerWaiting));
    await large;
    expect(asked).toEqual(["rest", "resume", "resume", "rest"]);
  });

  test("frees large pieces once the reader asks for more than it was given", async () => {
    const { content, reader } = streamed();
    const shared = new Uint8Array(LIMITS.freedPiece);
    const pieces = [new Uint8Array(LIMITS.freedPiece), shared.subarray(9, 12), new Uint8Array(100)];
    const sizes = () => pieces.map(({ byteLength }) => byteLength);
    for (const piece of pieces) content.add(piece);
    for (const piece of pieces) {
      expect((await reader.read()).value).toBe(piece);
      expect(sizes()).toEqual([LIMITS.freedPiece, 3, 100]);
    }
    const next = reader.read();
    expect(sizes()).toEqual([0, 0, 100]);
    // The next piece is none of those.
    const last = new Uint8Array(LIMITS.freedPiece);
    content.add(last);
    expect((await next).value).toBe(last);
    expect(last.byteLength).toBe(LIMITS.freedPiece);
  });

  test("that has ended asks nothing of its connection, which may carry another answer", async () => {
    const { content, reader, asked } = streamed();
    content.add(new Uint8Array(LIMITS.answerWaiting));
    content.close();
    expect(asked).toEqual(["rest"]);
    expect((await reader.read()).value).toHaveLength(LIMITS.answerWaiting);
    expect((await reader.read()).done).toBeTrue();
    expect(asked).toEqual(["rest"]);
  });

  test("that has failed asks nothing of it either, and its reader learns why", async () => {
    const { content, reader, asked } = streamed();
    const next = reader.read();
    // A stream has begun once its own promises are settled.
    await new Promise(setImmediate);
    expect(asked).toEqual(["resume"]);
    const fault = new Error("reset");
    content.fail(fault);
    expect(await next.catch((reason: unknown) => reason)).toBe(fault);
    expect(await reader.read().catch((reason: unknown) => reason)).toBe(fault);
    expect(asked).toEqual(["resume"]);
  });

  test("that its reader wants no more of tells its request, once", async () => {
    const { content, reader, asked } = streamed();
    content.add(new Uint8Array(1));
    await reader.cancel();
    await reader.cancel();
    expect(asked).toEqual(["left"]);
    const over = streamed();
    over.content.close();
    await over.reader.cancel();
    expect(over.asked).toEqual([]);
  });
});
