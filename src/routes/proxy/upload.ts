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

/** Learns whose turn it is. */
export interface UploadTurns {
  /** The client has to send more. */
  client(): void;
  /** The upstream has to take what was read or, once that is all, to answer. */
  upstream(): void;
}

/**
 * The content of a request, for an upstream; null if it has none. A piece is read when the upstream has taken the one
 * before, so a slow upstream slows the client.
 *
 * While it is the client's turn it may be silent for `LIMITS.idleSeconds`, whatever the size of the content: Bun's idle
 * time is not restarted by the bytes of an upload, so each piece restarts it (Bun 1.4.5).
 */
export function upload(request: Request, exchange: Exchange, turns: UploadTurns): Upload | null {
  const { body } = request;
  if (body === null) return null;
  const isCounted = !request.headers.has("content-length");
  const collect = garbageCollector();
  const upstreamsTurn = () => {
    exchange.setIdle(made.idle ?? 0);
    turns.upstream();
  };
  const following: Uploading = {
    reading() {
      exchange.setIdle(made.idle ?? LIMITS.idleSeconds);
      turns.client();
    },
    received(size) {
      upstreamsTurn();
      collect(size);
    },
    ended() {
      made.state = "complete";
      upstreamsTurn();
    },
    failed: () => void (made.state = "broken"),
  };
  // The size guard counts content without a length, and no second stream has to follow it.
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
          // A read that was under way when the content was cut ends as if all had been read.
          if (isCut) return;
          if (done) {
            following.ended();
            controller.close();
          } else {
            following.received((size += value.byteLength));
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
 * Collects the garbage of an upload, of which so many bytes have been received. The pieces are large and would be
 * collected late: 1 GB would take more than 100 MB (Bun 1.4.5). A collection takes 3 ms.
 */
function garbageCollector(): (received: number) => void {
  let collected = 0;
  return (received) => {
    if (received - collected < LIMITS.uploadGarbage) return;
    collected = received;
    Bun.gc(true);
  };
}
