import { LIMITS } from "../limits.ts";
import type { Observe } from "../observations/observation.ts";
import type { TokenView } from "../tokens/token-index.ts";
import { tokenState } from "../tokens/token-state.ts";
import { expiresSoon } from "./token-counts.ts";

/** Warns of tokens that expire soon. */
export interface ExpiryNotices {
  /** Observes each token that expires soon, unless it did so within a day. */
  look(): void;
}

/**
 * Observes active tokens that expire within `LIMITS.tokenNotice`: each once a day, also across reloads, and at most
 * `LIMITS.tokenNotices` by handle at a time. `index` returns the current one.
 */
export function expiryNotices(
  index: () => Pick<TokenView, "visit">,
  observe: Observe,
  now: () => number,
): ExpiryNotices {
  let observed = new Map<string, number>();
  return {
    look() {
      const time = now();
      const still = new Map<string, number>();
      const due: { readonly handle: string; readonly expires: number }[] = [];
      index().visit((rules, handleOf) => {
        if (rules === null || rules.expires === null) return;
        if (!expiresSoon(rules, time) || tokenState(rules, now) !== "active") return;
        const handle = handleOf();
        const last = observed.get(handle);
        const isDue = last === undefined || time - last >= LIMITS.tokenNoticeRepeat;
        still.set(handle, isDue ? time : last);
        if (isDue) due.push({ handle, expires: rules.expires });
      });
      observed = still;
      due.sort((one, other) => one.expires - other.expires);
      for (const one of due.slice(0, LIMITS.tokenNotices)) observe({ kind: "token_expires", ...one });
      const more = due.length - LIMITS.tokenNotices;
      if (more > 0) observe({ kind: "tokens_expire", more });
    },
  };
}
