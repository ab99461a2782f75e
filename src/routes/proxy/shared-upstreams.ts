import { LIMITS } from "../../limits.ts";
import type { Upstreams } from "../route-kind.ts";
import { burstLimit } from "./burst-limit.ts";

/**
 * What all proxy routes share, also across reloads, because Bun's connections and the memory of the process are shared.
 * Returns what the routes of one config use: it allows at most `max` requests and WebSockets at upstreams at a time.
 */
export function sharedUpstreams(): (max: number) => Upstreams {
  const shared = burstLimit(LIMITS.burstRequests, LIMITS.burstTime);
  let count = 0;
  return (max) => ({
    burstLimit: shared,
    limit: {
      max,
      enter(hasUser) {
        // Clients of open routes leave a share for those that have a token.
        if (count >= (hasUser ? max : Math.ceil(max * LIMITS.openUpstreamShare))) return false;
        count += 1;
        return true;
      },
      leave() {
        count -= 1;
      },
    },
  });
}
