import type { Exchange } from "../../http/exchange.ts";
import { LIMITS } from "../../limits.ts";
import type { Connection } from "../../upstream/connection.ts";
import { freePiece } from "../../upstream/free-piece.ts";

/** Whose turn it is, each time that changes. */
export interface UploadTurns {
  /** The client has to send more. */
  client(): void;
  /** The upstream has to read what was sent or, if that is all, to answer. */
  upstream(isAll: boolean): void;
}

/**
 * Sends the content of a request to an upstream. Reads a piece only once the kernel has taken the one before, so the
 * backpressure of a slow upstream reaches the client.
 */
export class Upload {
  /** `complete` once all of it is written; `broken` if the client doesn't send all of it, or sends more than is allowed. */
  state: "open" | "complete" | "broken" = "open";
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #isChunked: boolean;
  #isStopped = false;

  constructor(content: ReadableStream<Uint8Array>, isChunked: boolean) {
    this.#reader = content.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    this.#isChunked = isChunked;
  }

  /** Resolves when the connection has all of it, when the upload breaks, or after `stop`. Never rejects. */
  async send(connection: Connection, turns: UploadTurns): Promise<void> {
    for (;;) {
      turns.client();
      let piece: Uint8Array | undefined;
      try {
        piece = (await this.#reader.read()).value;
      } catch {
        if (!this.#isStopped) this.state = "broken";
        return;
      }
      // Cancelling the content resolves a pending read as its end (Bun 1.4.5).
      if (this.#isStopped) return;
      turns.upstream(piece === undefined);
      if (piece === undefined) break;
      // An empty chunk would end the content.
      if (piece.byteLength === 0) continue;
      if (this.#isChunked) writeChunk(connection, piece);
      else connection.write(piece);
      await connection.written();
      freePiece(piece);
      if (this.#isStopped) return;
    }
    if (this.#isChunked) connection.write(LAST_CHUNK);
    this.state = "complete";
  }

  /** Stops reading and sending. */
  stop(): void {
    if (this.#isStopped || this.state !== "open") return;
    this.#isStopped = true;
    // Rejects if the client has left. An unhandled rejection would end the process.
    this.#reader.cancel().catch(() => {});
  }
}

/** Closes the client's connection after the answer if much of the request may be missing: Bun 1.4.5 would read it all. */
export function closeEarly(exchange: Exchange, request: Headers): void {
  const declared = request.get("content-length");
  if (declared === null || Number(declared) > LIMITS.discardedContent)
    exchange.addHeader("Connection", "close");
}

/** Writes a whole chunk, its final CRLF included: some upstreams pass on no byte of a chunk without it. */
function writeChunk(connection: Connection, piece: Uint8Array): void {
  const size = Buffer.from(`${piece.byteLength.toString(16)}\r\n`);
  if (piece.byteLength <= LIMITS.smallContent) return connection.write(Buffer.concat([size, piece, CRLF]));
  for (const part of [size, piece, CRLF]) connection.write(part);
}

const CRLF = Buffer.from("\r\n");
const LAST_CHUNK = Buffer.from("0\r\n\r\n");
