import type { Answer, Context } from "../../http/handler.ts";
import { LIMITS } from "../../limits.ts";
import { deadlines, type Deadlines } from "../../upstream/deadlines.ts";
import { ForwardedRequest } from "./forwarded-request.ts";
import type { TimedRequest, Upstream } from "../../upstream/upstream.ts";
import type { UpstreamLimit } from "./upstream-limit.ts";

/** What all requests of a route share. Each timeout calls back with the requests that exceed it. */
export interface ForwardOptions {
  readonly upstream: Upstream;
  /** Seconds that a streamed answer may pause: 0 is no limit, null the default of its type. */
  readonly idle: number | null;
  readonly limit: UpstreamLimit;
  /** Starts the watch of a client whose request takes long. */
  readonly clientWatches: Deadlines<ForwardedRequest>;
  /** How long the upstream may take no more of a request, if the route has no `timeout`. */
  readonly stallTimeouts: Deadlines<TimedRequest>;
  /** How long a buffered answer may pause; null for no limit. */
  readonly pauseTimeouts: Deadlines<TimedRequest> | null;
}

/** Forwards a request with these field lines to this target. Rejects only with a fault of this program. */
export type Forward = (
  request: Request,
  exchange: Context,
  target: string,
  fieldLines: string,
) => Promise<Answer>;

/**
 * Forwards requests to an upstream and passes on its answers. The limit must already count a request, which leaves it when
 * the exchange is over. An answer may pause for `idle` seconds: 0 is no limit, null the default of its type.
 */
export function forwarding(upstream: Upstream, idle: number | null, limit: UpstreamLimit): Forward {
  const options: ForwardOptions = {
    upstream,
    idle,
    limit,
    clientWatches: deadlines(LIMITS.clientWatchDelay, LIMITS.deadlineInterval, (request) =>
      request.watchClient(),
    ),
    stallTimeouts: deadlines(LIMITS.uploadStall, LIMITS.deadlineInterval, (request) => request.timedOut()),
    pauseTimeouts:
      idle === 0
        ? null
        : deadlines((idle ?? LIMITS.answerPause) * 1000, LIMITS.deadlineInterval, (request) =>
            request.timedOut(),
          ),
  };
  return (request, exchange, target, fieldLines) =>
    new Promise((resolve) => {
      let forwarded: ForwardedRequest;
      try {
        forwarded = new ForwardedRequest(options, request, exchange, target, fieldLines, resolve);
      } catch (fault) {
        limit.leave();
        throw fault;
      }
      forwarded.start();
    });
}
