import type { Context } from "../../http/handler.ts";
import { StreamedResponse } from "../../http/streamed-response.ts";
import { LIMITS } from "../../limits.ts";
import { answerHeaders } from "./answer-headers.ts";
import { deadlines } from "./deadlines.ts";
import { eventStream } from "./event-stream.ts";
import type { Upload } from "./upload.ts";
import type { UpstreamRequest } from "./upstream.ts";
import { upstreamCause, UpstreamError } from "./upstream-error.ts";
import { CLIENT_LEFT, noteFailure } from "./upstream-refusal.ts";

/** Options for `passAnswer`. */
export interface PassAnswerOptions {
  /** Seconds that an answer may pause, 0 for any time; null for the default of its type. */
  readonly idle: number | null;
  /** Answers that may wait for their clients before short ones are streamed too. */
  readonly maxWaiting: number;
}

/**
 * Makes the client's answer from the upstream's, whose head has arrived. Throws what `upstreamCause` understands.
 *
 * An answer with a declared length of at most `LIMITS.wholeAnswer` is read whole: it keeps its length, the upstream is
 * free at once, and if it breaks off, the client still gets a status that says so. Every other answer is streamed without a
 * length, because Bun 1.4.5 can't send a stream with one. Bun does not report when a client has received a whole answer,
 * so clients that don't read could fill the memory with them: while many answers wait, all but the smallest are streamed,
 * and the limit of requests counts them until they are over.
 *
 * An answer that comes before all of the request was sent closes the connection unless little is missing, because Bun
 * would read on without end.
 *
 * The connection gets an idle time again, first that of this answer and then that between requests: what is set for one
 * request holds until the next (Bun 1.4.5).
 */
export function passAnswer({ idle, maxWaiting }: PassAnswerOptions) {
  const silence =
    idle === 0
      ? null
      : deadlines<UpstreamRequest>((idle ?? IDLE) * 1000, LIMITS.deadlineInterval, ({ ending }) =>
          ending.abort(new UpstreamError("timeout")),
        );

  return async (given: Response, sent: UpstreamRequest, exchange: Context, sending: Upload | null) => {
    checkHead(given);
    const { status, headers } = given;
    if (sending?.state === "open") closeEarly(exchange, sent.headers);
    answerHeaders(headers);
    if (exchange.method === "HEAD" || WITHOUT_CONTENT.has(status)) return withoutContent(given, exchange);
    const length = headers.get("content-length");
    if (length !== null && Number(length) <= maxWhole(exchange)) {
      const bytes = await wholeContent(given, Number(length), sent);
      exchange.sent = bytes.byteLength;
      exchange.setIdle(LIMITS.idleSeconds);
      return new Response(headers.get("content-type") ? bytes : untyped(bytes), { status, headers });
    }
    const { body } = given;
    if (body === null) return withoutContent(given, exchange);
    const isEvents = /^text\/event-stream\b/i.test(headers.get("content-type") ?? "");
    const pause = idle ?? (isEvents ? 0 : IDLE);
    exchange.setIdle(pause);
    if (sending !== null) sending.idle = pause;
    const content = isEvents && !headers.has("content-encoding") ? eventStream(body) : body;
    const response = new StreamedResponse(content, { status, headers }, () =>
      exchange.setIdle(restOf(exchange)),
    );
    void response.ended.then(({ kind, fault }) => {
      if (kind !== "failed") return;
      if (fault === CLIENT_LEFT) exchange.aborted = true;
      else noteFailure(upstreamCause(fault), exchange);
    });
    return response;
  };

  /** The maximum length of an answer that is read whole. */
  function maxWhole(exchange: Context): number {
    return exchange.waiting() > maxWaiting ? LIMITS.answerPiece : LIMITS.wholeAnswer;
  }

  /** Reads all of the content. Each piece may take as long as a pause. */
  async function wholeContent(given: Response, length: number, sent: UpstreamRequest): Promise<Uint8Array> {
    let pause = silence?.add(sent);
    try {
      // Reading piece by piece takes 3 microseconds more, 1 of them for getting the stream (Bun 1.4.5).
      if (length <= LIMITS.answerPiece) return await given.bytes();
      const bytes = new Uint8Array(length);
      let size = 0;
      for await (const piece of given.body ?? []) {
        if (pause) silence?.remove(pause);
        pause = silence?.add(sent);
        bytes.set(piece, size);
        size += piece.byteLength;
      }
      if (size < length) throw new UpstreamError("reset");
      return bytes;
    } finally {
      if (pause) silence?.remove(pause);
    }
  }
}

/**
 * Throws for an answer without a valid meaning, or with two (RFC 9112 6.3). Bun 1.4.5 decodes no transfer coding but
 * "chunked", and the client, which does not receive the field, could not decode any other.
 */
function checkHead({ status, headers }: Response): void {
  const length = headers.get("content-length");
  const coding = headers.get("transfer-encoding");
  const isFramed =
    length === null
      ? coding === null || coding.toLowerCase() === "chunked"
      : /^\d+$/.test(length) && coding === null;
  if (status < 200 || status > 599 || !isFramed) throw new UpstreamError("invalid_answer");
}

function withoutContent(given: Response, exchange: Context): Response {
  // Without this Bun 1.4.5 would send a length of 0.
  if (exchange.method === "HEAD" && !given.headers.has("content-length"))
    given.headers.set("Transfer-Encoding", "chunked");
  exchange.sent = 0;
  exchange.setIdle(LIMITS.idleSeconds);
  return given;
}

/** Closes the connection with the answer if much of the request is missing. */
function closeEarly(exchange: Context, request: Headers): void {
  const declared = request.get("content-length");
  if (declared === null || Number(declared) > LIMITS.discardedContent)
    exchange.addHeader("Connection", "close");
}

/** Seconds that the connection may be idle after an answer. */
function restOf({ user }: Context): number {
  return user === null ? LIMITS.unauthenticatedIdleSeconds : LIMITS.idleSeconds;
}

/**
 * The bytes as a stream, because Bun adds a type to an answer of bytes. It keeps the length of a stream that ends at once
 * and holds less than its highWaterMark (Bun 1.4.5).
 */
function untyped(bytes: Uint8Array): ReadableStream<Uint8Array> | null {
  if (bytes.byteLength === 0) return null;
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

/** Statuses whose answers have no content, whatever their length says (RFC 9110 15.3.5, 15.3.6 and 15.4.5). */
const WITHOUT_CONTENT: ReadonlySet<number> = new Set([204, 205, 304]);
/** Seconds that an answer may pause by default. */
const IDLE = 120;
