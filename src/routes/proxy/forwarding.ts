import type { Answer, Context } from "../../http/handler.ts";
import { refusal } from "../../http/refusal.ts";
import { StreamedResponse } from "../../http/streamed-response.ts";
import { LIMITS } from "../../limits.ts";
import { passAnswer, type PassAnswerOptions } from "./pass-answer.ts";
import { upload, type Upload } from "./upload.ts";
import type { Upstream, UpstreamRequest } from "./upstream.ts";
import { UpstreamError } from "./upstream-error.ts";
import { CLIENT_LEFT, upstreamRefusal } from "./upstream-refusal.ts";
import type { UpstreamLimit } from "./upstream-limit.ts";

/** Forwards a request, whose headers are those that the upstream receives, to this target. Never rejects. */
export type Forward = (request: Request, exchange: Context, target: string) => Promise<Answer>;

/**
 * Forwards requests to an upstream and passes on its answers. The limit already counts the request, which leaves it when
 * the exchange is over.
 *
 * If the client leaves, the request to the upstream ends, in any phase. An answer that comes before all of the request was
 * sent ends the rest of it.
 */
export function forwarding(
  to: Upstream,
  { idle }: Pick<PassAnswerOptions, "idle">,
  limit: UpstreamLimit,
): Forward {
  const pass = passAnswer({ idle, maxWaiting: limit.max });
  return async (request, exchange, target) => {
    const { method } = exchange;
    const { signal, headers } = request;
    const ending = new AbortController();
    let sending: Upload | null = null;
    let answer: Answer | null = null;
    try {
      const leave = () => ending.abort(CLIENT_LEFT);
      if (signal.aborted) leave();
      else signal.addEventListener("abort", leave);
      // The connection's idle time must not limit the wait for an answer.
      exchange.setIdle(0);
      const turns = { client: () => to.rest(sent), upstream: () => to.await(sent) };
      sending = method === "GET" || method === "HEAD" ? null : upload(request, exchange, turns);
      const content = sending?.content ?? null;
      const sent: UpstreamRequest = {
        method,
        target,
        headers,
        content,
        ending,
        answered: false,
        deadline: null,
        connecting: null,
        pieces: 0,
      };
      if (sending === null) to.await(sent);
      const given = await to.send(sent);
      exchange.upstream = { status: given.status, cause: null, headAfter: exchange.elapsed() };
      return (answer = await pass(given, sent, exchange, sending));
    } catch (fault) {
      // Whatever fetch throws then, the upstream did not fail.
      if (signal.aborted) return upstreamRefusal(CLIENT_LEFT, exchange);
      // Over HTTP/2 the connection stays open: it has no "Connection: close".
      exchange.setIdle(LIMITS.idleSeconds);
      if (sending?.state === "broken" && !(fault instanceof UpstreamError)) return CONTENT_BROKEN;
      return upstreamRefusal(fault, exchange);
    } finally {
      const end = () => {
        limit.leave();
        // Nobody needs what still runs, such as the rest of the request.
        if (answer === null || answer instanceof StreamedResponse) ending.abort();
      };
      if (answer instanceof StreamedResponse) void answer.ended.then(end);
      else end();
    }
  };
}

const CONTENT_BROKEN = refusal("request_invalid", "Incomplete content", { Connection: "close" });
