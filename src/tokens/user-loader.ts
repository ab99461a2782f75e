import type { TokenIndex } from "./token-index.ts";
import type { Digest } from "./token.ts";
import type { User } from "./user.ts";

/** Why a token has no user. Clients get the same answer for every reason. */
export type TokenRefusal = "unknown";

/**
 * Judges the token with this digest: returns its user, or why it has none. The digest belongs to the request: a loader
 * may keep it, or wait before it reads it. A loader never sees a token.
 */
export type UserLoader = (digest: Digest) => User | TokenRefusal | Promise<User | TokenRefusal>;

/** Judges the records of an index. It looks them up by digest, so the time it takes reveals nothing about a token. */
export function userLoader(index: Pick<TokenIndex, "find">): UserLoader {
  return (digest) => index.find(digest)?.user ?? "unknown";
}
