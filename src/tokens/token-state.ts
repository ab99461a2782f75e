import type { TokenRules } from "./token-record.ts";

/** The states of a token. If several apply, the first one counts. */
export const TOKEN_STATES = ["revoked", "disabled", "expired", "not_yet", "active"] as const;

export type TokenState = (typeof TOKEN_STATES)[number];

/** The state of a token with these rules. Reads the clock, in milliseconds since 1970, only if a time matters. */
export function tokenState(
  {
    revoked,
    disabled,
    expires,
    notBefore,
  }: Pick<TokenRules, "revoked" | "disabled" | "expires" | "notBefore">,
  now: () => number,
): TokenState {
  if (revoked) return "revoked";
  if (disabled) return "disabled";
  if (expires !== null && now() >= expires) return "expired";
  return notBefore !== null && now() < notBefore ? "not_yet" : "active";
}
