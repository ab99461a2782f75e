import type { Exchange, Uploading } from "../../http/exchange.ts";
import { LIMITS } from "../../limits.ts";

/** The content of a request on its way to an upstream. */
export interface Upload {
  readonly content: ReadableStream<Uint8Array>;
  /** How much of it has been read; `broken` if the client doesn't send all of it, or sends more than is allowed. */
  state: "open" | "complete" | "broken";
  /** Seconds for which the connection may be silent now that the answer has begun; null before. */
  idle: number | null;
}

/** Called when the turn changes. */
export interface UploadTurns {
  /** The client has to send more. */
  client(): void;
  /** The upstream has to take what was read or, once that is all, to answer. */
  upstream(): void;
}

/**
 * The content of a request, for an upstream; null if it has none. A piece is read once the upstream has taken the one
 * before, so a slow upstream slows the client.
 *
 * When it is its turn, the client may be silent for `LIMITS.idleSeconds`, whatever the size of the content: the bytes of an
 * upload don't restart Bun's idle time, so each piece restarts it (Bun 1.4.5).
 */
export function upload(request: Request, exchange: Exchange, turns: UploadTurns): Upload | null {
  const { body } = request;
  if (body === null) return null;
  const isCounted = !request.headers.has("content-length");
  let last: Uint8Array | null = null;
  const upstreamsTurn = () => {
    exchange.setIdle(made.idle ?? 0);
    turns.upstream();
  };
  const following: Uploading = {
    reading() {
      if (last !== null) free(last);
      last = null;
      exchange.setIdle(made.idle ?? LIMITS.idleSeconds);
      turns.client();
    },
    received(_size, piece) {
      upstreamsTurn();
      last = piece;
    },
    ended() {
      made.state = "complete";
      upstreamsTurn();
    },
    failed: () => void (made.state = "broken"),
  };
  // The size guard already follows content without a length, so this needs no second stream.
  if (isCounted) exchange.uploading = following;
  const content = isCounted ? body : followed(body, following);
  const made: Upload = { content, state: "open", idle: null };
  return made;
}

/** The same content, followed while it is read. */
function followed(content: ReadableStream<Uint8Array>, following: Uploading): ReadableStream<Uint8Array> {
  const reader = content.getReader();
  let size = 0;
  let isCut = false;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        following.reading();
        try {
          const { done, value } = await reader.read();
          // A read that was pending when the content was cancelled ends as if all had been read (Bun 1.4.5).
          if (isCut) return;
          if (done) {
            following.ended();
            controller.close();
          } else {
            following.received((size += value.byteLength), value);
            controller.enqueue(value);
          }
        } catch (fault) {
          following.failed();
          throw fault;
        }
      },
      cancel(reason) {
        isCut = true;
        // A client that has left can't be cancelled, and must not end the process.
        reader.cancel(reason).catch(() => {});
      },
    },
    { highWaterMark: 0 },
  );
}

/**
 * Frees the memory of a piece that has been sent on: by then Bun has copied it, to the socket or to a buffer of its own.
 * The pieces are large and collected late: without this, 1 GB took more than 100 MB of memory, or with forced collections
 * 300 us more for each megabyte (Bun 1.4.5).
 */
function free({ buffer, byteLength }: Uint8Array): void {
  // Other data may share a larger buffer.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
