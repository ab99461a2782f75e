import type { Digest } from "./token.ts";
import type { TokenStore } from "./token-store.ts";
import type { User } from "./user.ts";

/**
 * Tells whose token this is; null if nobody's. Secrets stop here: what lies behind sees digests only. The
 * digest comes along because the token is named by it too, and making it twice would make refusing dearer than
 * serving; it is only good until the loader returns, and one that waits before it reads it takes a copy.
 */
export type UserLoader = (token: string, digest: Digest) => User | null | Promise<User | null>;

/** Looks users up in a store by the digest of their token, so the time taken says nothing of the token. */
export function userLoader(store: TokenStore): UserLoader {
  return (_token, digest) => store.find(digest);
}
