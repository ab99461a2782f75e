import type { Answer, Context } from "../../http/handler.ts";
import { StreamedResponse } from "../../http/streamed-response.ts";
import { LIMITS } from "../../limits.ts";
import { answerHeaders } from "./answer-headers.ts";
import { deadlines } from "./deadlines.ts";
import { eventStream } from "./event-stream.ts";
import { upload, type Upload } from "./upload.ts";
import type { Upstream, UpstreamRequest } from "./upstream.ts";
import { upstreamCause, UpstreamError } from "./upstream-error.ts";
import { CLIENT_LEFT, noteFailure, upstreamRefusal } from "./upstream-refusal.ts";
import type { UpstreamLimit } from "./upstream-limit.ts";

/** Options for `forwarding`. */
export interface ForwardingOptions {
  /** Seconds that an answer may pause, 0 for any time; null for the default of its type. */
  readonly idle: number | null;
}

/** Forwards a request, whose headers are those that the upstream receives, to this target. */
export type Forward = (request: Request, exchange: Context, target: string) => Promise<Answer>;

/**
 * Forwards requests to an upstream and passes on its answers. The limit counts the request already, and is left when
 * the exchange is over.
 *
 * A client that leaves ends the upstream's request, in every phase. An answer with a declared length of at most
 * `LIMITS.wholeAnswer` is read whole: it keeps its length, the upstream is free at once, and where it breaks off there is
 * still a status that says so. Every other answer is streamed without a length, because Bun 1.4.5 has no way to send a
 * stream with one. An answer that comes before all of the request was sent closes the connection unless little is
 * missing, because Bun would read on for ever.
 */
export function forwarding(to: Upstream, { idle }: ForwardingOptions, limit: UpstreamLimit): Forward {
  const silence = deadlines<UpstreamRequest>((idle || IDLE) * 1000, LIMITS.deadlineInterval, ({ ending }) =>
    ending.abort(new UpstreamError("timeout")),
  );

  return async (request, exchange, target) => {
    const { method } = exchange;
    const ending = new AbortController();
    request.signal.addEventListener("abort", () => ending.abort(CLIENT_LEFT));
    // The time for an answer is not that of the connection.
    exchange.setIdle(0);
    const sending =
      method === "GET" || method === "HEAD" ? null : upload(request, exchange, () => to.complete(sent));
    const content = sending?.content ?? null;
    const sent: UpstreamRequest = {
      method,
      target,
      headers: request.headers,
      content,
      ending,
      answered: false,
    };
    if (sending === null || sending.isComplete) to.complete(sent);
    try {
      const given = await to.send(sent);
      exchange.upstream = { status: given.status, cause: null, headAfter: exchange.elapsed() };
      checkHead(given);
      if (sending !== null) closeEarly(exchange, sending, request);
      return await answerOf(given, sent, exchange);
    } catch (fault) {
      limit.leave();
      // Whatever of it still runs.
      ending.abort();
      return upstreamRefusal(fault, exchange);
    }
  };

  async function answerOf(given: Response, sent: UpstreamRequest, exchange: Context): Promise<Response> {
    const { status, headers, body } = given;
    answerHeaders(headers);
    if (body === null || exchange.method === "HEAD") {
      // For a HEAD without a length Bun would claim a length of 0 (Bun 1.4.5).
      if (exchange.method === "HEAD" && !headers.has("content-length"))
        headers.set("Transfer-Encoding", "chunked");
      exchange.sent = 0;
      exchange.setIdle(LIMITS.idleSeconds);
      limit.leave();
      return given;
    }
    const length = headers.get("content-length");
    if (length !== null && Number(length) <= LIMITS.wholeAnswer) {
      silence.add(sent);
      const bytes = await given.bytes().finally(() => silence.remove(sent));
      exchange.sent = bytes.byteLength;
      exchange.setIdle(LIMITS.idleSeconds);
      limit.leave();
      return new Response(headers.has("content-type") ? bytes : untyped(bytes), { status, headers });
    }
    const isEvents = /^text\/event-stream\b/i.test(headers.get("content-type") ?? "");
    exchange.setIdle(idle ?? (isEvents ? 0 : IDLE));
    const isPlain = !headers.has("content-encoding");
    const content = isEvents && isPlain ? eventStream(body) : body;
    const { idleSeconds, unauthenticatedIdleSeconds } = LIMITS;
    const response = new StreamedResponse(content, { status, headers }, () =>
      exchange.setIdle(exchange.user === null ? unauthenticatedIdleSeconds : idleSeconds),
    );
    void response.ended.then(({ kind, fault }) => {
      if (kind === "failed") noteFailure(upstreamCause(fault), exchange);
      limit.leave();
      // The rest of the request, if there is one, has no reader any more.
      sent.ending.abort();
    });
    return response;
  }
}

/** Throws for an answer that has no meaning, or two (RFC 9112 6.3). */
function checkHead({ status, headers }: Response): void {
  const length = headers.get("content-length");
  const isFramed = length === null || (/^\d+$/.test(length) && !headers.has("transfer-encoding"));
  if (status < 200 || status > 599 || !isFramed) throw new UpstreamError("invalid_answer");
}

function closeEarly(exchange: Context, { isComplete }: Upload, { headers }: Request): void {
  if (isComplete) return;
  const declared = headers.get("content-length");
  if (declared === null || Number(declared) > LIMITS.discardedContent)
    exchange.addHeader("Connection", "close");
}

/**
 * Bytes as content without the type that Bun would make up for them. Bun keeps the length of a stream that ends at once,
 * if its content stays below its highWaterMark (Bun 1.4.5).
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

/** Seconds that an answer may pause where no setting says so. */
const IDLE = 120;
