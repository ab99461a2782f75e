import type { IndexedRecord, TokenIndex } from "./token-index.ts";
import type { StoreState, TokenStore } from "./token-store.ts";
import { tokenState } from "./token-state.ts";
import type { Digest } from "./token.ts";
import type { User } from "./user.ts";

/** Why a token has no user: the reason as metrics show it, and as the log does. */
export const TOKEN_REFUSALS = {
  unknown: "unknown",
  revoked: "revoked",
  disabled: "disabled",
  expired: "expired",
  not_yet: "not valid yet",
  wrong_network: "from another network",
  store_away: "the token store is away",
} as const;

/** Why a token has no user. Clients get the same answer for every reason but `store_away`. */
export type TokenRefusal = keyof typeof TOKEN_REFUSALS;

/** A token without a user. */
export interface RefusedToken {
  readonly reason: TokenRefusal;
  /** The handle of the token; null for one that is not in the index. */
  readonly tokenId: string | null;
}

/** Who sent a token. */
export interface Bearer {
  /** The address is null if there is none. Costs nothing unless called. */
  client(): { readonly address: string | null };
}

/**
 * Judges the token with this digest: returns its user, or why it has none. The digest belongs to the request: a loader
 * may keep it, or wait before it reads it. A loader never sees a token. If `mayLook` is false it asks no store, and
 * returns PERHAPS_NEW for a token that may just have been created.
 */
export type UserLoader = (
  digest: Digest,
  bearer: Bearer,
  mayLook?: boolean,
) => User | RefusedToken | Promise<User | RefusedToken>;

/** Options for `userLoader`. */
export interface UserLoaderOptions {
  /** The time in milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds of a clock that never goes back, whatever the time of the machine is set to. */
  readonly elapsed: () => number;
  /** Whether an address is in one of these networks. */
  readonly isWithin: (address: string | null, networks: readonly string[]) => boolean;
  /** The store behind the index. */
  readonly store: Pick<TokenStore, "refresh" | "state">;
  /** How long records stay valid while their store is away, in milliseconds; null for ever. */
  readonly staleFor: number | null;
  /** Called with each accepted record of a store, but not with those of a config. */
  readonly noteUse?: (record: IndexedRecord, bearer: Bearer) => void;
}

/**
 * Judges the records of an index; nothing else knows an expired token from an unknown one. It looks them up by digest, so
 * the time it takes reveals nothing about a token.
 */
export function userLoader(
  index: Pick<TokenIndex, "find">,
  { now, elapsed, isWithin, store, staleFor, noteUse }: UserLoaderOptions,
): UserLoader {
  return (digest, bearer, mayLook = true) => {
    const record = index.find(digest) ?? (mayLook ? lookAgain(digest) : null);
    if (record === null && !mayLook && store.refresh !== undefined) return PERHAPS_NEW;
    if (record === null) return isLoaded(store.state()) ? UNKNOWN : AWAY;
    const { user } = record;
    const reason = isStale(record) ? "store_away" : judge(record, now, bearer, isWithin);
    if (reason !== null) return { reason, tokenId: user.tokenId };
    if (noteUse !== undefined && !record.isLasting) noteUse(record, bearer);
    return user;
  };

  function lookAgain(digest: Digest): IndexedRecord | null {
    if (store.refresh === undefined) return null;
    store.refresh();
    return index.find(digest);
  }

  /** Whether a record comes from a store that has been away for too long. The config never is. */
  function isStale({ isLasting }: IndexedRecord): boolean {
    if (staleFor === null || isLasting) return false;
    return isStaleStore(store.state(), elapsed(), staleFor);
  }
}

/**
 * Returns why the token of a request in progress would be refused now, or null, which counts as a use of the token. A
 * store that is away withdraws nothing, and no store is asked.
 */
export function withdrawal(
  index: Pick<TokenIndex, "find">,
  { now, isWithin, store, noteUse }: Omit<UserLoaderOptions, "staleFor">,
): (digest: Digest, bearer: Bearer) => TokenRefusal | null {
  return (digest, bearer) => {
    const record = index.find(digest);
    if (record === null) return isLoaded(store.state()) ? "unknown" : null;
    const reason = judge(record, now, bearer, isWithin);
    if (reason === null && noteUse !== undefined && !record.isLasting) noteUse(record, bearer);
    return reason;
  };
}

/** Whether a store has been away for longer than its records stay valid. */
export function isStaleStore({ kind, since }: StoreState, elapsed: number, staleFor: number | null): boolean {
  return staleFor !== null && kind === "away" && elapsed - since > staleFor;
}

/** Whether a token that is not in the index is unknown: it may be in a store that is away, or not fully read yet. */
function isLoaded({ kind, loaded }: StoreState): boolean {
  return kind === "connected" && loaded;
}

/** Why the token of a record is refused now, or null if it is accepted. */
export function judge(
  { rules }: IndexedRecord,
  now: () => number,
  bearer: Bearer,
  isWithin: UserLoaderOptions["isWithin"],
): Exclude<TokenRefusal, "unknown" | "store_away"> | null {
  if (rules === null) return null;
  const state = tokenState(rules, now);
  if (state !== "active") return state;
  return rules.from.length === 0 || isWithin(bearer.client().address, rules.from) ? null : "wrong_network";
}

/** The token is not in the index, and its store can be asked. */
export const UNKNOWN: RefusedToken = { reason: "unknown", tokenId: null };
/** The token is not in the index, and its store was not asked yet. */
export const PERHAPS_NEW: RefusedToken = { reason: "unknown", tokenId: null };
/** The token is not in the index, and its store can't be asked. */
export const AWAY: RefusedToken = { reason: "store_away", tokenId: null };
