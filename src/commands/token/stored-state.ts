import { tokenState, type TokenState } from "../../tokens/token-state.ts";
import type { StoredToken } from "../../tokens/stored-token.ts";

/** The state of a stored token at a time. */
export function stateOf(token: StoredToken, now: number): TokenState {
  return tokenState({ ...token, revoked: token.revoked !== null }, () => now);
}

/** Whether a token is revoked or has expired. */
export function isOver({ revoked, expires }: StoredToken, now: number): boolean {
  return revoked !== null || (expires !== null && expires <= now);
}

/** Whether a token that is not over expires within a duration. */
export function expiresWithin(token: StoredToken, duration: number, now: number): boolean {
  return !isOver(token, now) && token.expires !== null && token.expires <= now + duration;
}

/** Whether a token that is not over has not been used for a duration, or since it was created. */
export function isUnusedFor(token: StoredToken, duration: number, now: number): boolean {
  return !isOver(token, now) && usedOrCreated(token) <= now - duration;
}

/** When a token was last used, or created if it never was. */
export function usedOrCreated({ lastUsed, created }: StoredToken): number {
  return lastUsed ?? created;
}
