import type { StoredToken } from "../../tokens/stored-token.ts";

/** Whether a token is good now, or why not. */
export type TokenState = "active" | "not yet" | "disabled" | "expired" | "revoked";

/** The state of a token at a time; what can't be undone counts most. */
export function tokenState({ revoked, expires, disabled, notBefore }: StoredToken, now: number): TokenState {
  if (revoked !== null) return "revoked";
  if (expires !== null && expires <= now) return "expired";
  if (disabled) return "disabled";
  return notBefore !== null && notBefore > now ? "not yet" : "active";
}

/** Whether a token has ended: nobody can use it, now or later, unless it is given another end. */
export function isOver(token: StoredToken, now: number): boolean {
  return ["revoked", "expired"].includes(tokenState(token, now));
}

/** Whether a token that is not over expires within a duration. */
export function expiresWithin(token: StoredToken, duration: number, now: number): boolean {
  return !isOver(token, now) && token.expires !== null && token.expires <= now + duration;
}

/** Whether a token that is not over was last used a duration ago or before; created, if it never was. */
export function isUnusedFor(token: StoredToken, duration: number, now: number): boolean {
  return !isOver(token, now) && usedOrCreated(token) <= now - duration;
}

/** When a token was last used, or created if it never was. */
export function usedOrCreated({ lastUsed, created }: StoredToken): number {
  return lastUsed ?? created;
}
