import type { Exchange } from "../../http/exchange.ts";
import { LIMITS } from "../../limits.ts";
import type { Connection } from "../../upstream/connection.ts";
import { freePiece } from "../../upstream/free-piece.ts";

/**
 * The maximum of a declared length whose content is passed on once it is whole: then it keeps its length, the upstream is
 * free at once, and if it breaks off, the client still gets a status that says so. Every other answer is streamed without a
 * length, because Bun 1.4.5 can't send a stream with one. Bun does not report when a client has received a whole answer, so
 * clients that don't read could fill the memory with them: while more than `max` answers wait, all but the smallest are
 * streamed.
 */
export function maxWhole(length: number, exchange: Exchange, max: number): number {
  if (length <= LIMITS.answerPiece) return LIMITS.answerPiece;
  return exchange.waiting() > max ? LIMITS.answerPiece : LIMITS.wholeAnswer;
}

/** The content of an answer, as it comes. */
export interface AnswerContent {
  add(piece: Uint8Array): void;
}

/** Content that is passed on once it is whole. Pieces may be freed after they were added. */
export class WholeContent implements AnswerContent {
  readonly #length: number;
  #bytes: Uint8Array | null = null;
  #size = 0;

  constructor(length: number) {
    this.#length = length;
  }

  add(piece: Uint8Array): void {
    // Most come in one piece.
    if (this.#bytes === null && piece.byteLength === this.#length) this.#bytes = piece;
    else (this.#bytes ??= new Uint8Array(this.#length)).set(piece, this.#size);
    this.#size += piece.byteLength;
  }

  get bytes(): Uint8Array {
    return this.#bytes ?? NOTHING;
  }
}

/** Content that is passed on as it comes, only as fast as it is read. */
export class StreamedContent implements AnswerContent {
  readonly stream: ReadableStream<Uint8Array>;
  /** Null once all of the content has come: the connection may carry another request then. */
  #connection: Connection | null;
  readonly #controller: ReadableStreamDefaultController<Uint8Array>;
  /** Pieces that were passed on since the reader asked for the last one. */
  #given: Uint8Array[] = [];
  #size = 0;

  /** `left` is called if the reader wants no more of it. */
  constructor(connection: Connection, left: () => void) {
    this.#connection = connection;
    let made: ReadableStreamDefaultController<Uint8Array> | null = null;
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (made = controller),
        pull: () => this.#asked(),
        cancel: () => {
          this.#free();
          left();
        },
      },
      { highWaterMark: 0 },
    );
    this.#controller = made as unknown as ReadableStreamDefaultController<Uint8Array>;
  }

  add(piece: Uint8Array): void {
    this.#size += piece.byteLength;
    if (piece.buffer.byteLength >= LIMITS.freedPiece) this.#given.push(piece);
    this.#controller.enqueue(piece);
    if (this.#size >= LIMITS.answerWaiting) this.#connection?.rest();
  }

  close(): void {
    this.#connection = null;
    this.#controller.close();
  }

  fail(fault: unknown): void {
    this.#connection = null;
    this.#controller.error(fault);
  }

  /** The reader has none left: what it was given has been sent on. */
  #asked(): void {
    this.#free();
    this.#size = 0;
    this.#connection?.resume();
  }

  #free(): void {
    for (const piece of this.#given) freePiece(piece);
    this.#given.length = 0;
  }
}

const NOTHING = new Uint8Array();
