import { describe, expect, test } from "bun:test";
import { LIMITS } from "../../../src/limits.ts";
import { StreamedContent, BufferedContent } from "../../../src/routes/proxy/answer-content.ts";
import type { Connection } from "../../../src/upstream/connection.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (piece: Uint8Array | undefined) => Buffer.from(piece ?? []).toString("latin1");

describe("BufferedContent", () => {
  test("of one piece is that piece", () => {
    const content = new BufferedContent(3);
    const piece = bytes("abc");
    content.add(piece);
    expect(content.bytes).toBe(piece);
  });

  test("of several pieces copies them", () => {
    const content = new BufferedContent(6);
    for (const part of ["a", "bcd", "ef"]) {
      const piece = bytes(part);
      content.add(piece);
      piece.fill(0);
    }
    expect(text(content.bytes)).toBe("abcdef");
  });

  test("without a piece is empty", () => {
    expect(new BufferedContent(0).bytes).toHaveLength(0);
  });
});

/** Streamed content, its reader, and the calls to its connection and its request, in order. */
function streamed() {
  const calls: string[] = [];
  const connection = { pause: () => void calls.push("pause"), resume: () => void calls.push("resume") };
  const content = new StreamedContent(
    connection as Connection,
    () => void calls.push("cancelled"),
    () => void calls.push("asked"),
  );
  return { content, reader: content.stream.getReader(), calls };
}

describe("StreamedContent", () => {
  test("passes on pieces as they arrive, and ends", async () => {
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

  test("pauses its connection once much is queued, until the reader has read it all", async () => {
    const { content, reader, calls } = streamed();
    content.add(new Uint8Array(LIMITS.answerQueue - 1));
    expect(calls).toEqual([]);
    content.add(new Uint8Array(1));
    expect(calls).toEqual(["pause"]);
    await reader.read();
    await reader.read();
    expect(calls).toEqual(["pause"]);
    const next = reader.read();
    expect(calls).toEqual(["pause", "resume", "asked"]);
    // What was read is no longer queued.
    content.add(new Uint8Array(LIMITS.answerQueue - 1));
    await next;
    expect(calls).toEqual(["pause", "resume", "asked"]);
    expect(content.isPaused).toBeFalse();
    const large = reader.read();
    content.add(new Uint8Array(LIMITS.answerQueue));
    await large;
    expect(calls).toEqual(["pause", "resume", "asked", "resume", "asked", "pause"]);
    expect(content.isPaused).toBeTrue();
  });

  test("frees large pieces once the reader asks for more than was queued", async () => {
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
    // The next piece is not freed.
    const last = new Uint8Array(LIMITS.freedPiece);
    content.add(last);
    expect((await next).value).toBe(last);
    expect(last.byteLength).toBe(LIMITS.freedPiece);
  });

  test("that has ended does not pause or resume its connection, which may carry another answer", async () => {
    const { content, reader, calls } = streamed();
    content.add(new Uint8Array(LIMITS.answerQueue));
    content.close();
    expect(calls).toEqual(["pause"]);
    expect((await reader.read()).value).toHaveLength(LIMITS.answerQueue);
    expect((await reader.read()).done).toBeTrue();
    expect(calls).toEqual(["pause"]);
  });

  test("that has failed does not resume it either, and its reader receives the fault", async () => {
    const { content, reader, calls } = streamed();
    const next = reader.read();
    // A stream starts once its own promises are settled.
    await new Promise(setImmediate);
    expect(calls).toEqual(["resume", "asked"]);
    const fault = new Error("reset");
    content.fail(fault);
    expect(await next.catch((reason: unknown) => reason)).toBe(fault);
    expect(await reader.read().catch((reason: unknown) => reason)).toBe(fault);
    expect(calls).toEqual(["resume", "asked"]);
  });

  test("calls its request, once, if its reader cancels", async () => {
    const { content, reader, calls } = streamed();
    content.add(new Uint8Array(1));
    await reader.cancel();
    await reader.cancel();
    expect(calls).toEqual(["cancelled"]);
    const over = streamed();
    over.content.close();
    await over.reader.cancel();
    expect(over.calls).toEqual([]);
  });
});
