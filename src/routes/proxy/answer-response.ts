import type { Exchange } from "../../http/exchange.ts";
import { StreamedResponse } from "../../http/streamed-response.ts";
import { LIMITS } from "../../limits.ts";
import type { AnswerHead } from "../../upstream/answer-head.ts";
import { eventStream } from "./event-stream.ts";

/** The response without content to the client. */
export function emptyResponse({ status, fields, length }: AnswerHead, method: string): Response {
  // Without this Bun 1.4.5 would send a length of 0.
  if (method === "HEAD" && length === null) fields.push(["Transfer-Encoding", "chunked"]);
  return new Response(null, { status, headers: fields });
}

/** The response to the client with all of its content. */
export function bufferedResponse({ status, fields, type }: AnswerHead, bytes: Uint8Array): Response {
  return new Response(type ? bytes : untyped(bytes), { status, headers: fields });
}

/** The response to the client with streamed content. Its end restores the idle timeout of the connection between requests. */
export function streamedResponse(
  head: AnswerHead,
  content: ReadableStream<Uint8Array>,
  exchange: Exchange,
): StreamedResponse {
  const { status, fields, isEncoded } = head;
  const stream = isEventStream(head) && !isEncoded ? eventStream(content) : content;
  return new StreamedResponse(stream, { status, headers: fields }, () =>
    exchange.setIdle(exchange.user === null ? LIMITS.unauthenticatedIdleSeconds : LIMITS.idleSeconds),
  );
}

/** Whether an answer is a stream of server-sent events. */
export function isEventStream({ type }: AnswerHead): boolean {
  return type !== null && /^text\/event-stream\b/i.test(type);
}

/**
 * The bytes as a stream, because Bun adds a Content-Type to a response of bytes. A stream that ends at once and holds less
 * than its highWaterMark keeps its length (Bun 1.4.5).
 */
function untyped(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      start(controller) {
        controller.enqueue(bytes);
        controller.close();
      },
    },
    { highWaterMark: bytes.byteLength + 1 },
  );
}
