import { LIMITS } from "../../limits.ts";
import { upstream, type Upstream, type UpstreamOptions } from "../../upstream/upstream.ts";

/** Counts the requests and WebSockets at upstreams. Their number bounds the memory that they take. */
export interface UpstreamLimit {
  /** The maximum number, for requests with a user. */
  readonly max: number;
  /** Counts one more, or returns false if the limit is reached. It is lower for requests without a user. */
  enter(hasUser: boolean): boolean;
  /** Counts one less. */
  leave(): void;
}

/** What the proxy routes of one config share. */
export interface Upstreams {
  readonly limit: UpstreamLimit;
  /** Returns the upstream with these options. */
  to(options: UpstreamOptions): Upstream;
}

/**
 * Shares between all proxy routes, and across reloads, the count of requests and WebSockets at upstreams, of which there are
 * at most `max` at a time, and the connections to each upstream whose options stay the same. The limit is shared because the
 * memory is. Call the result once for each config. While `descriptorsShort`, no connection to an upstream stays idle.
 */
export function sharedUpstreams(descriptorsShort?: () => boolean): (max: number) => Upstreams {
  let count = 0;
  let last = new Map<string, Upstream>();
  return (max) => {
    const before = last;
    const known = (last = new Map<string, Upstream>());
    return {
      limit: {
        max,
        enter(hasUser) {
          // Requests without a user leave a share for those with one.
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
        const found = known.get(key) ?? before.get(key) ?? upstream(options, max, descriptorsShort);
        known.set(key, found);
        return found;
      },
    };
  };
}
