import type { Exchange } from "../http/exchange.ts";
import type { Answer, Context, Guard, Handler } from "../http/handler.ts";
import { refusal } from "../http/refusal.ts";
import { LIMITS } from "../limits.ts";

/** Options for `sizeGuard`. */
export interface SizeGuardOptions {
  /** The maximum size of a request's content in bytes. Content of exactly that size is accepted. */
  readonly maxSize: number;
}

/**
 * Refuses content over the limit with 413, whether its length is declared or not.
 *
 * It judges by the headers for every method: the body of a GET or HEAD is invisible to a handler (`request.body` is
 * null), and Bun 1.4.5 drains it all the same. Chunked content is counted while a handler reads it and cut at the byte
 * that exceeds the limit. An answer before its end carries `Connection: close`, because Bun would otherwise drain an
 * endless body for ever. A declared length within the limit passes untouched: Bun's framing enforces it, over HTTP/2 too.
 *
 * If a declared length exceeds the limit by no more than `LIMITS.discardedContent`, the connection stays open: Bun reads
 * the rest and keeps nothing of it. If it closed at once, a client that sends all before it reads would only see a broken
 * pipe (RFC 9112 9.6). That still happens if the client itself asked to close, over HTTP/1.0 and HTTP/2, and while the
 * server drains: then Bun 1.4.5 reads no further, and reading in a handler would hold 1 MB for each such upload.
 *
 * Over HTTP/2 no header announces content without a length. Bun 1.4.5 leaves out `Connection: close` there and resets a
 * stream whose answer came before its content was read. It keeps nothing of content that nobody reads, but does not end
 * a connection whose client ignores flow control (RFC 9113 6.9.1).
 */
export function sizeGuard({ maxSize }: SizeGuardOptions): Guard {
  if (!Number.isSafeInteger(maxSize) || maxSize < 0) throw new RangeError("maxSize must be a whole number");
  return (request, context, next) => {
    const { headers } = request;
    if (headers.get("transfer-encoding") !== null) return countContent(request, context, next, maxSize);
    const declared = headers.get("content-length");
    if (declared === null) {
      // Over HTTP/1.1 there is no content then. A GET is not even asked for its body, because that is expensive.
      const none = context.method === "GET" || request.body === null;
      return none ? next(request, context) : countContent(request, context, next, maxSize);
    }
    // Two equal Content-Length lines arrive as "5, 5": refused, because a comparison with NaN is always false.
    if (!/^\d+$/.test(declared)) return LENGTH_INVALID;
    const excess = Number(declared) - maxSize;
    if (excess > 0) return excess > LIMITS.discardedContent ? CONTENT_TOO_LARGE_CLOSE : CONTENT_TOO_LARGE;
    context.received = Number(declared);
    return next(request, context);
  };
}

async function countContent(
  request: Request,
  context: Context,
  next: Handler,
  maxSize: number,
): Promise<Answer> {
  // A Host that makes no URL can't be carried over to a counted request; RFC 9112 3.2 asks for a 400 anyway.
  if (!URL.canParse(request.url)) return HOST_INVALID;
  if (request.body === null) return answerUnread(request, context, next);
  const content = countedContent(request.body, maxSize, context);
  let answer: Answer;
  try {
    answer = await next(new Request(request, { body: content.stream }), context);
  } catch (fault) {
    if (content.state !== "crossed") throw fault;
    return CONTENT_TOO_LARGE_CLOSE;
  }
  if (content.state === "crossed") {
    // Nobody else ends an answer that is not sent, and with it what it holds.
    if (answer instanceof Response) void answer.body?.cancel().catch(() => {});
    return CONTENT_TOO_LARGE_CLOSE;
  }
  if (content.state !== "ended") context.addHeader("Connection", "close");
  return answer;
}

/**
 * Chunked content of a GET or HEAD can't be counted, and is drained until there is an answer. If there is none at once,
 * the request is refused, and a later answer is ignored.
 */
function answerUnread(request: Request, context: Context, next: Handler): Answer {
  const answer = next(request, context);
  if (answer instanceof Promise) {
    answer.catch(() => {});
    return CONTENT_UNEXPECTED;
  }
  context.addHeader("Connection", "close");
  return answer;
}

interface CountedContent {
  readonly stream: ReadableStream<Uint8Array>;
  state: "open" | "ended" | "crossed";
}

/** Passes content on as it is read, and fails instead of passing the chunk that exceeds the limit. */
function countedContent(
  body: ReadableStream<Uint8Array>,
  maxSize: number,
  exchange: Exchange,
): CountedContent {
  const reader = body.getReader();
  let size = 0;
  let isCut = false;
  const content: CountedContent = {
    state: "open",
    stream: new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const { done, value } = await reader.read();
          // A read that was pending when the content was cancelled ends as if all had been read (Bun 1.4.5).
          if (isCut) return;
          if (done) {
            content.state = "ended";
            controller.close();
          } else if ((size += value.byteLength) > maxSize) {
            content.state = "crossed";
            controller.error(new Error(CONTENT_TOO_LARGE.text));
            await reader.cancel();
          } else {
            exchange.received = size;
            controller.enqueue(value);
          }
        },
        cancel(reason) {
          isCut = true;
          return reader.cancel(reason);
        },
      },
      { highWaterMark: 0 },
    ),
  };
  return content;
}

const CLOSE = { Connection: "close" };
const CONTENT_TOO_LARGE = refusal("content_too_large", "Content too large");
/** The same for content whose end is far or unknown. */
const CONTENT_TOO_LARGE_CLOSE = CONTENT_TOO_LARGE.withHeader("Connection", "close");
const LENGTH_INVALID = refusal("length_invalid", "Invalid content-length header", CLOSE);
const CONTENT_UNEXPECTED = refusal("request_invalid", "Unexpected content", CLOSE);
const HOST_INVALID = refusal("request_invalid", "Invalid host header", CLOSE);
