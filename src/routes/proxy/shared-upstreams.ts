import { LIMITS } from "../../limits.ts";
import type { Upstreams } from "../route-kind.ts";
import { turnstile } from "./turnstile.ts";

/**
 * What all routes to upstreams share, whatever config they are of: Bun's connections, and the memory of this process.
 * Returns what the routes of a config get, which lets at most `max` requests and sockets be at upstreams at a time.
 */
export function sharedUpstreams(): (max: number) => Upstreams {
  const shared = turnstile(LIMITS.youngRequests, LIMITS.youngTime);
  let count = 0;
  return (max) => ({
    turnstile: shared,
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
