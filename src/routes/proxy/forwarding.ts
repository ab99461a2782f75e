import type { Exchange } from "../../http/exchange.ts";
import type { Answer } from "../../http/handler.ts";
import type { Refusal } from "../../http/refusal.ts";
import { LIMITS } from "../../limits.ts";
import { deadlines, type Deadlines } from "../../upstream/deadlines.ts";
import { framingLine, requestHead } from "../../upstream/request-head.ts";
import { ForwardedRequest } from "./forwarded-request.ts";
import type { Services } from "../route-kind.ts";
import type { TimedRequest, Upstream } from "../../upstream/upstream.ts";
import { Upload } from "./upload.ts";
import type { UpstreamLimit } from "./shared-upstreams.ts";

/** What all requests of a route share. Each timeout calls back with the requests that exceed it. */
export interface ForwardOptions {
  readonly upstream: Upstream;
  /** Seconds that a streamed answer may pause: 0 is no limit, null the default of its type. */
  readonly idle: number | null;
  readonly limit: UpstreamLimit;
  readonly opened: Services["opened"];
  /** Starts the watch of a request that takes long. */
  readonly watches: Deadlines<ForwardedRequest>;
  /** How long the upstream may take no more of a request, if the route has no `timeout`. */
  readonly stallTimeouts: Deadlines<TimedRequest>;
  /** How long an answer may pause; null for no limit. */
  readonly pauseTimeouts: Deadlines<TimedRequest> | null;
}

/**
 * Forwards a request with these field lines, none of which has the name of another, to this target. `withdrawn` is its
 * refusal if its token is withdrawn before it has an answer. Rejects only with a fault of this program.
 */
export type Forward = (
  request: Request,
  exchange: Exchange,
  target: string,
  fieldLines: string,
  withdrawn?: Refusal,
) => Promise<Answer>;

/**
 * Forwards requests to an upstream and passes on its answers. The limit must already count a request, which leaves it when
 * the exchange is over. An answer may pause for `idle` seconds: 0 is no limit, null the default of its type.
 */
export function forwarding(
  upstream: Upstream,
  idle: number | null,
  limit: UpstreamLimit,
  opened: Services["opened"],
): Forward {
  const options: ForwardOptions = {
    upstream,
    idle,
    limit,
    opened,
    watches: deadlines(LIMITS.watchDelay, (request) => request.watch()),
    stallTimeouts: deadlines(LIMITS.uploadStall, (request) => request.timedOut()),
    pauseTimeouts:
      idle === 0 ? null : deadlines((idle ?? LIMITS.answerPause) * 1000, (request) => request.timedOut()),
  };
  return (request, exchange, target, fieldLines, withdrawn) =>
    new Promise((resolve) => {
      let forwarded: ForwardedRequest;
      try {
        const { method } = exchange;
        const isPlain = method === "GET" || method === "HEAD";
        const content = isPlain ? null : request.body;
        const declared = isPlain ? null : request.headers.get("content-length");
        const upload = content === null ? null : new Upload(content, declared === null);
        const framing = framingLine(method, content !== null, declared);
        const head = requestHead(method, target, fieldLines + framing);
        forwarded = new ForwardedRequest(options, request, exchange, head, upload, withdrawn, resolve);
      } catch (fault) {
        limit.leave();
        throw fault;
      }
      forwarded.start();
    });
}
