import type { Exchange } from "../../http/exchange.ts";
import { LIMITS } from "../../limits.ts";
import type { Connection } from "../../upstream/connection.ts";
import { freePiece } from "../../upstream/free-piece.ts";

/**
 * The maximum declared length of an answer that is buffered. A buffered answer keeps its length, does not hold the
 * connection to the upstream while the client reads, and becomes a refusal if it is cut off. Any other answer is streamed,
 * without a length, because Bun 1.4.5 can't send a stream with one.
 *
 * Bun does not report when a client has received a buffered answer, so clients that don't read could fill the memory: while
 * more than `max` answers wait for their clients, all but the smallest are streamed.
 */
export function maxBuffered(length: number, exchange: Exchange, max: number): number {
  if (length <= LIMITS.smallContent) return LIMITS.smallContent;
  return exchange.waiting() > max ? LIMITS.smallContent : LIMITS.bufferedAnswer;
}

/** Content that is passed on once it is complete. */
export class BufferedContent {
  readonly isPaused = false;
  readonly #length: number;
  #bytes: Uint8Array | null = null;
  #size = 0;

  constructor(length: number) {
    this.#length = length;
  }

  add(piece: Uint8Array): void {
    // Most content arrives in one piece.
    if (this.#bytes === null && piece.byteLength === this.#length) this.#bytes = piece;
    else (this.#bytes ??= new Uint8Array(this.#length)).set(piece, this.#size);
    this.#size += piece.byteLength;
  }

  get bytes(): Uint8Array {
    return this.#bytes ?? NOTHING;
  }
}

/** Content that is passed on as it arrives. A slow reader pauses the connection. */
export class StreamedContent {
  readonly stream: ReadableStream<Uint8Array>;
  /** Null once the content is complete or failed: then the connection may carry another request. */
  #connection: Connection | null;
  readonly #controller: ReadableStreamDefaultController<Uint8Array>;
  /** Large pieces that were enqueued since the last pull. */
  #enqueued: Uint8Array[] = [];
  /** Bytes that were enqueued since the last pull. */
  #size = 0;
  readonly #asked: () => void;

  /** Calls `cancelled` if the reader cancels the stream, and `asked` when it asks for what has not arrived yet. */
  constructor(connection: Connection, cancelled: () => void, asked: () => void) {
    this.#connection = connection;
    this.#asked = asked;
    let made: ReadableStreamDefaultController<Uint8Array> | null = null;
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (made = controller),
        pull: () => this.#pulled(),
        cancel: () => {
          this.#freeEnqueued();
          cancelled();
        },
      },
      { highWaterMark: 0 },
    );
    this.#controller = made as unknown as ReadableStreamDefaultController<Uint8Array>;
  }

  /** Whether its connection is paused, because the reader has to take what is queued. */
  get isPaused(): boolean {
    return this.#size >= LIMITS.answerQueue;
  }

  add(piece: Uint8Array): void {
    this.#size += piece.byteLength;
    if (piece.buffer.byteLength >= LIMITS.freedPiece) this.#enqueued.push(piece);
    this.#controller.enqueue(piece);
    if (this.isPaused) this.#connection?.pause();
  }

  close(): void {
    this.#connection = null;
    this.#controller.close();
  }

  fail(fault: unknown): void {
    this.#connection = null;
    this.#controller.error(fault);
  }

  /** The reader asks for more: everything that was enqueued has been sent. */
  #pulled(): void {
    this.#freeEnqueued();
    this.#size = 0;
    if (this.#connection === null) return;
    this.#connection.resume();
    this.#asked();
  }

  #freeEnqueued(): void {
    for (const piece of this.#enqueued) freePiece(piece);
    this.#enqueued.length = 0;
  }
}

const NOTHING = new Uint8Array();
