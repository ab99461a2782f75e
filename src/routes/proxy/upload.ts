import type { Exchange } from "../../http/exchange.ts";
import { LIMITS } from "../../limits.ts";

/** The content of a request on its way to an upstream. */
export interface Upload {
  readonly content: ReadableStream<Uint8Array>;
  /** Whether all of it has been read, or so little is missing that it does not matter. */
  isComplete: boolean;
}

/**
 * The content of a request, for an upstream; null if it has none. `complete` is called when all of it has been read.
 *
 * Bun's idle time is not restarted by the bytes of an upload, so each piece restarts it (Bun 1.4.5). A piece is read when
 * the upstream has taken the one before, so a slow upstream slows the client.
 */
export function upload(request: Request, exchange: Exchange, complete: () => void): Upload | null {
  const { body } = request;
  if (body === null) return null;
  const declared = request.headers.get("content-length");
  if (declared !== null && Number(declared) <= LIMITS.smallUpload) return { content: body, isComplete: true };
  if (declared === null) return countedUpload(body, exchange, complete);
  const reader = body.getReader();
  const collect = garbageCollector();
  let isCut = false;
  exchange.setIdle(LIMITS.idleSeconds);
  const made: Upload = {
    isComplete: false,
    content: new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const { done, value } = await reader.read();
          // A read that was under way when the content was cut ends as if all had been read.
          if (isCut) return;
          if (!done) {
            exchange.setIdle(LIMITS.idleSeconds);
            exchange.received = Math.max(exchange.received, (size += value.byteLength));
            collect(size);
            return controller.enqueue(value);
          }
          made.isComplete = true;
          exchange.setIdle(0);
          complete();
          controller.close();
        },
        cancel(reason) {
          isCut = true;
          // A client that has left can't be cancelled, and must not end the process.
          reader.cancel(reason).catch(() => {});
        },
      },
      { highWaterMark: 0 },
    ),
  };
  let size = 0;
  return made;
}

/** Content that the size guard counts, and which no second stream has to follow. */
function countedUpload(
  content: ReadableStream<Uint8Array>,
  exchange: Exchange,
  complete: () => void,
): Upload {
  const made: Upload = { content, isComplete: false };
  const collect = garbageCollector();
  exchange.uploading = {
    received() {
      exchange.setIdle(LIMITS.idleSeconds);
      collect(exchange.received);
    },
    ended() {
      made.isComplete = true;
      exchange.setIdle(0);
      complete();
    },
  };
  return made;
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
