import { LIMITS } from "../../limits.ts";
import type { Upstreams } from "../route-kind.ts";
import { burstLimit } from "./burst-limit.ts";

/**
 * What all routes to upstreams share, whatever config they are of: Bun's connections, and the memory of this process.
 * Returns what the routes of a config get, which lets at most `max` requests and sockets be at upstreams at a time.
 */
export function sharedUpstreams(): (max: number) => Upstreams {
  const shared = burstLimit(LIMITS.burstRequests, LIMITS.burstTime);
  let count = 0;
  return (max) => ({
    burstLimit: shared,
    limit: {
      max,
      enter() {
        if (count >= max) return false;
        count += 1;
        return true;
      },
      leave() {
        count -= 1;
      },
    },
  });
}
