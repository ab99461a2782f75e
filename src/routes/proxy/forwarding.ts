import type { Answer, Context } from "../../http/handler.ts";
import { LIMITS } from "../../limits.ts";
import { deadlines, type Deadlines } from "../../upstream/deadlines.ts";
import { ForwardedRequest } from "./forwarded-request.ts";
import type { Awaiting, Upstream } from "../../upstream/upstream.ts";
import type { UpstreamLimit } from "./upstream-limit.ts";

/** What all requests of a route share. */
export interface ForwardOptions {
  readonly upstream: Upstream;
  /** Seconds that an answer may pause, 0 for any time; null for the default of its type. */
  readonly idle: number | null;
  readonly limit: UpstreamLimit;
  /** Calls `watch` on requests that take long. */
  readonly watched: Deadlines<ForwardedRequest>;
  /** The time in which the upstream has to take more of a request, if it has no time of its own to act. */
  readonly stalls: Deadlines<Awaiting>;
  /** The time that whole content may pause; null for any time. */
  readonly pauses: Deadlines<Awaiting> | null;
}

/** Forwards a request with these field lines to this target. Rejects only with a fault of this program. */
export type Forward = (
  request: Request,
  exchange: Context,
  target: string,
  fieldLines: string,
) => Promise<Answer>;

/**
 * Forwards requests to an upstream and passes on its answers. The limit already counts the request, which leaves it when
 * the exchange is over. An answer may pause for `idle` seconds, 0 for any time; null for the default of its type.
 */
export function forwarding(upstream: Upstream, idle: number | null, limit: UpstreamLimit): Forward {
  const options: ForwardOptions = {
    upstream,
    idle,
    limit,
    watched: deadlines(LIMITS.upstreamWatched, LIMITS.deadlineInterval, (request) => request.watch()),
    stalls: deadlines(LIMITS.uploadStall, LIMITS.deadlineInterval, (request) => request.late()),
    pauses:
      idle === 0
        ? null
        : deadlines((idle ?? LIMITS.answerPause) * 1000, LIMITS.deadlineInterval, (request) =>
            request.late(),
          ),
  };
  return (request, exchange, target, fieldLines) =>
    new Promise((answer) =>
      new ForwardedRequest(options, request, exchange, target, fieldLines, answer).start(),
    );
}
