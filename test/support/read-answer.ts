import type { AnswerHead } from "../../src/upstream/answer-head.ts";
import { AnswerReader } from "../../src/upstream/answer-reader.ts";

/** What a reader reads of an answer. */
export interface ReadAnswer {
  readonly head: AnswerHead | null;
  readonly content: string;
  /** `head`, `content` and `end`, in order, without repetitions in a row. */
  readonly order: string[];
  readonly isComplete: boolean;
  readonly hasSurplus: boolean;
  readonly persists: boolean;
}

/** A reader of an answer, and what its receiver received. */
export function answerReading(method = "GET") {
  const heads: AnswerHead[] = [];
  const pieces: Uint8Array[] = [];
  const order: string[] = [];
  const note = (part: string) => {
    if (part === "end" || order.at(-1) !== part) order.push(part);
  };
  const reader = new AnswerReader(method, {
    head(head) {
      heads.push(head);
      note("head");
    },
    content(piece) {
      pieces.push(piece);
      note("content");
    },
    end: () => note("end"),
  });
  return {
    reader,
    heads,
    /** Kept until the end, as by a receiver that passes them on later. */
    pieces,
    /** Reads these parts, each in memory of its own, as Bun passes what it reads. */
    read(...parts: readonly string[]): void {
      for (const part of parts) reader.read(ownBytes(part));
    },
    result(): ReadAnswer {
      const { isComplete, hasSurplus, persists } = reader;
      const content = Buffer.concat(pieces).toString("latin1");
      return { head: heads[0] ?? null, content, order, isComplete, hasSurplus, persists };
    },
  };
}

/** The bytes of a Latin-1 text, which share their memory with nothing. */
export function ownBytes(text: string): Buffer {
  return Buffer.from(Uint8Array.from(text, (character) => character.charCodeAt(0)).buffer);
}
