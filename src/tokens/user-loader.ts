import type { Digest } from "./token.ts";
import type { TokenStore } from "./token-store.ts";
import type { User } from "./user.ts";

/**
 * Returns the user of the token with this digest, or null. The digest belongs to the request: a loader may keep it, and
 * may wait before it reads it. A loader never sees a token.
 */
export type UserLoader = (digest: Digest) => User | null | Promise<User | null>;

/** Looks users up in a store by digest, so the time it takes says nothing about the token. */
export function userLoader(store: TokenStore): UserLoader {
  return (digest) => store.find(digest);
}
