import type { Exchange } from "../../http/exchange.ts";
import { StreamedResponse } from "../../http/streamed-response.ts";
import { LIMITS } from "../../limits.ts";
import type { AnswerHead } from "../../upstream/answer-head.ts";
import { eventStream } from "./event-stream.ts";

/** The client's answer without content. */
export function emptyResponse({ status, fields, length }: AnswerHead, method: string): Response {
  // Without this Bun 1.4.5 would send a length of 0.
  if (method === "HEAD" && length === null) fields.push(["Transfer-Encoding", "chunked"]);
  return new Response(null, { status, headers: fields });
}

/** The client's answer with this content, all of it. */
export function wholeResponse({ status, fields, type }: AnswerHead, bytes: Uint8Array): Response {
  return new Response(type ? bytes : untyped(bytes), { status, headers: fields });
}

/** The client's answer with this content, after which its connection gets the idle time between requests again. */
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

/** Whether an answer has server-sent events. */
export function isEventStream({ type }: AnswerHead): boolean {
  return type !== null && /^text\/event-stream\b/i.test(type);
}

/**
 * The bytes as a stream, because Bun adds a type to an answer of bytes. It keeps the length of a stream that ends at once
 * and holds less than its highWaterMark (Bun 1.4.5).
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
