import { LIMITS } from "../../limits.ts";
import { upstream, type Upstream, type UpstreamOptions } from "../../upstream/upstream.ts";
import type { UpstreamLimit } from "./upstream-limit.ts";

/** What the proxy routes of one config share. */
export interface Upstreams {
  readonly limit: UpstreamLimit;
  /** The upstream of these options. */
  to(options: UpstreamOptions): Upstream;
}

/**
 * What all proxy routes share, also across reloads: the number of requests, because the memory of the process is shared,
 * and the connections to an upstream whose options stay the same. Returns what the routes of one config use: at most `max`
 * requests and WebSockets at upstreams at a time.
 */
export function sharedUpstreams(): (max: number) => Upstreams {
  let count = 0;
  let last = new Map<string, Upstream>();
  return (max) => {
    const before = last;
    const known = (last = new Map<string, Upstream>());
    return {
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
      to(options) {
        const key = JSON.stringify([max, options]);
        const found = known.get(key) ?? before.get(key) ?? upstream(options, max);
        known.set(key, found);
        return found;
      },
    };
  };
}
