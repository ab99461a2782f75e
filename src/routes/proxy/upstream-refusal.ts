import type { Exchange } from "../../http/exchange.ts";
import { Refusal, refusal } from "../../http/refusal.ts";
import type { UpstreamCause } from "../../http/upstream-facts.ts";
import { isUpstreamFault, upstreamCause } from "../../upstream/upstream-error.ts";

/** Why a request to an upstream ends when its client has left. */
export const CLIENT_LEFT = new Error("the client left");

/** The refusal of a request whose content is malformed or incomplete. */
export const CONTENT_BROKEN = refusal("request_invalid", "Incomplete content", { Connection: "close" });

/** Returns the refusal of a request that got no answer from its upstream, and notes the cause in the exchange. */
export function upstreamRefusal(fault: unknown, exchange: Exchange): Refusal {
  if (fault === CLIENT_LEFT) {
    exchange.aborted = true;
    return GONE;
  }
  const cause = upstreamCause(fault);
  noteFailure(cause, exchange);
  const isTimeout = cause === "timeout" || cause === "connect_timeout";
  return (isTimeout ? TIMED_OUT : FAILED).because(() => `upstream ${cause}`);
}

/**
 * Returns the answer to a request that ends for this reason: a refusal as it is, that of a failed upstream or of a client
 * that left, or the rejection with a fault of this program.
 */
export function answerWithout(reason: unknown, exchange: Exchange): Refusal | Promise<never> {
  if (reason instanceof Refusal) return reason;
  if (reason === CLIENT_LEFT || isUpstreamFault(reason)) return upstreamRefusal(reason, exchange);
  return Promise.reject(reason as Error);
}

/** Returns the refusal of a request whose token was withdrawn while it waited, and notes that in the exchange. */
export function withdrawnRefusal(withdrawn: Refusal, exchange: Exchange): Refusal {
  const { withdrawn: reason, user } = exchange;
  if (reason !== null) exchange.refusedToken = { reason, tokenId: user?.tokenId ?? null };
  return withdrawn.because(() => `cut off: token ${reason}`);
}

/** Notes why a streamed answer was cut off. */
export function noteCutOff(fault: unknown, exchange: Exchange): void {
  if (fault === CLIENT_LEFT) exchange.aborted = true;
  else noteFailure(upstreamCause(fault), exchange);
}

/** Notes why the upstream of an exchange failed. */
export function noteFailure(cause: UpstreamCause, exchange: Pick<Exchange, "upstream" | "elapsed">): void {
  const { status = null, headAfter = exchange.elapsed() } = exchange.upstream ?? {};
  exchange.upstream = { status, cause, headAfter };
}

const GONE = refusal("client_left", "Client closed the connection", { Connection: "close" });
const FAILED = refusal("upstream_failed", "Bad gateway", { Connection: "close" });
const TIMED_OUT = refusal("upstream_timeout", "Gateway timeout", { Connection: "close" });
