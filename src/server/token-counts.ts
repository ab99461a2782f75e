import { LIMITS } from "../limits.ts";
import type { TokenView } from "../tokens/token-index.ts";
import { TOKEN_STATES, tokenState, type TokenState } from "../tokens/token-state.ts";

/** How many tokens there are. */
export interface TokenCounts {
  readonly states: Readonly<Record<TokenState, number>>;
  /** Active ones that expire within `LIMITS.tokenNotice`. */
  readonly expiring: number;
}

/** Counts the tokens of an index, at most once in `LIMITS.tokenCountAge`. The clock is in milliseconds since 1970. */
export function tokenCounts(index: Pick<TokenView, "visit">, now: () => number): () => TokenCounts {
  let counts: TokenCounts | null = null;
  let countedAt = 0;
  return () => {
    const time = now();
    if (counts !== null && Math.abs(time - countedAt) < LIMITS.tokenCountAge) return counts;
    countedAt = time;
    return (counts = count(index, time));
  };
}

function count(index: Pick<TokenView, "visit">, time: number): TokenCounts {
  const now = () => time;
  const states = Object.fromEntries(TOKEN_STATES.map((state) => [state, 0])) as Record<TokenState, number>;
  let expiring = 0;
  index.visit((rules) => {
    const state = rules === null ? "active" : tokenState(rules, now);
    states[state] += 1;
    if (state === "active" && rules !== null && expiresSoon(rules, time)) expiring += 1;
  });
  return { states, expiring };
}

/** Whether a token that is active at this time expires soon. */
export function expiresSoon({ expires }: { readonly expires: number | null }, time: number): boolean {
  return expires !== null && expires - time <= LIMITS.tokenNotice;
}
