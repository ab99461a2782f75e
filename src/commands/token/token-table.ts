import { formatDuration } from "../../text/duration.ts";
import { formatInstant } from "../../text/instant.ts";
import type { StoredToken } from "../../tokens/stored-token.ts";
import type { Accent, Row } from "./table.ts";
import { expiresWithin, isOver, isUnusedFor, stateOf, usedOrCreated } from "./stored-state.ts";

/** When a token stands out in a list. Times are milliseconds. */
export interface Attention {
  readonly now: number;
  /** How soon it expires. */
  readonly expiring: number;
  /** How long it was not used. */
  readonly unused: number;
}

/** Sorts tokens: those that expire soon, the soonest first; unused ones; the others; revoked and expired ones. */
export function sortTokens(tokens: readonly StoredToken[], attention: Attention): StoredToken[] {
  const rank = (token: StoredToken) => {
    if (isOver(token, attention.now)) return 3;
    if (expiresWithin(token, attention.expiring, attention.now)) return 0;
    return isUnusedFor(token, attention.unused, attention.now) ? 1 : 2;
  };
  const ranked = tokens.map((token) => ({ token, rank: rank(token) }));
  ranked.sort((a, b) => a.rank - b.rank || ORDERS[a.rank]?.(a.token, b.token) || byUser(a.token, b.token));
  return ranked.map(({ token }) => token);
}

/** The rows of a list of tokens: times as distances from now on a terminal, as in "in 12d", and in full elsewhere. */
export function tokenRows(tokens: readonly StoredToken[], attention: Attention, onTerminal: boolean): Row[] {
  const time = (value: number | null) => {
    if (value === null) return "never";
    return onTerminal ? distance(value, attention.now) : formatInstant(value);
  };
  const rows = tokens.map((token) => ({
    accent: accentOf(token, attention),
    cells: [
      ...[token.handle, token.user, token.name ?? "-", token.scopes.join(" ") || "-"],
      ...[stateOf(token, attention.now).replace("_", " "), time(token.expires), time(token.lastUsed)],
    ],
  }));
  return [{ accent: "bold", cells: HEADINGS }, ...rows];
}

/** `in 12d` or `3h ago` */
export function distance(time: number, now: number): string {
  const text = formatDuration(Math.abs(time - now));
  return time > now ? `in ${text}` : `${text} ago`;
}

function accentOf(token: StoredToken, { now, expiring, unused }: Attention): Accent | null {
  if (isOver(token, now) || token.disabled) return "dim";
  return expiresWithin(token, expiring, now) || isUnusedFor(token, unused, now) ? "yellow" : null;
}

const HEADINGS = ["HANDLE", "USER", "NAME", "SCOPES", "STATE", "EXPIRES", "LAST USED"];

const byUser = (a: StoredToken, b: StoredToken) =>
  compare(a.user, b.user) || a.created - b.created || compare(a.handle, b.handle);
const byEnd = (a: StoredToken, b: StoredToken) => (a.expires ?? 0) - (b.expires ?? 0);
const byUse = (a: StoredToken, b: StoredToken) => usedOrCreated(a) - usedOrCreated(b);
/** The order within each rank. */
const ORDERS = [byEnd, byUse, byUser, byUser];

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
