import type { Exchange } from "../../http/exchange.ts";
import { LIMITS } from "../../limits.ts";
import type { Connection } from "../../upstream/connection.ts";
import { freePiece } from "../../upstream/free-piece.ts";

/** Called when the turn changes. */
export interface UploadTurns {
  /** The client has to send more. */
  client(): void;
  /** The upstream has to take what was read or, once that is all, to answer. */
  upstream(isAll: boolean): void;
}

/**
 * Sends the content of a request to an upstream. A piece is read once the upstream has taken the one before, so a slow
 * upstream slows the client.
 */
export class Upload {
  /** How much of it has been sent; `broken` if the client doesn't send all of it, or sends more than is allowed. */
  state: "open" | "complete" | "broken" = "open";
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #isChunked: boolean;
  #isStopped = false;

  constructor(content: ReadableStream<Uint8Array>, isChunked: boolean) {
    this.#reader = content.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    this.#isChunked = isChunked;
  }

  /** Resolves when all has been written, when it can't be, or when the upload was stopped. Never rejects. */
  async send(connection: Connection, turns: UploadTurns): Promise<void> {
    let isFirst = true;
    for (;;) {
      turns.client();
      let piece: Uint8Array | undefined;
      try {
        piece = (await this.#reader.read()).value;
      } catch {
        if (!this.#isStopped) this.state = "broken";
        return;
      }
      // A read that was pending when the content was cancelled ends as if all had been read (Bun 1.4.5).
      if (this.#isStopped) return;
      turns.upstream(piece === undefined);
      if (piece === undefined) break;
      // A chunk of nothing would end the content.
      if (piece.byteLength === 0) continue;
      if (this.#isChunked) writeChunk(connection, piece, isFirst);
      else connection.write(piece);
      isFirst = false;
      await connection.written();
      freePiece(piece);
      if (this.#isStopped) return;
    }
    if (this.#isChunked) connection.write(isFirst ? NO_CHUNKS : LAST_CHUNK);
    this.state = "complete";
  }

  /** Reads and sends no more. */
  stop(): void {
    if (this.#isStopped || this.state !== "open") return;
    this.#isStopped = true;
    // A client that has left can't be cancelled, and must not end the process.
    this.#reader.cancel().catch(() => {});
  }
}

/** Closes the client's connection with the answer if much of the request is missing: Bun 1.4.5 would read on without end. */
export function closeEarly(exchange: Exchange, request: Headers): void {
  const declared = request.get("content-length");
  if (declared === null || Number(declared) > LIMITS.discardedContent)
    exchange.addHeader("Connection", "close");
}

/** Writes a chunk without the end of its line, which comes with the next one. */
function writeChunk(connection: Connection, piece: Uint8Array, isFirst: boolean): void {
  const size = Buffer.from(`${isFirst ? "" : "\r\n"}${piece.byteLength.toString(16)}\r\n`);
  if (piece.byteLength > LIMITS.answerPiece) {
    connection.write(size);
    connection.write(piece);
  } else connection.write(Buffer.concat([size, piece]));
}

const LAST_CHUNK = Buffer.from("\r\n0\r\n\r\n");
const NO_CHUNKS = Buffer.from("0\r\n\r\n");
