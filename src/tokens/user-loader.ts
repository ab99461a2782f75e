import type { TokenIndex } from "./token-index.ts";
import type { Digest } from "./token.ts";
import type { User } from "./user.ts";

/** Why a token has no user. For the log and the metrics: every client gets the same answer. */
export type TokenRefusal = "unknown";

/**
 * Judges the token with this digest: returns its user, or why it has none. The digest belongs to the request, so a
 * loader may keep it and may wait before it reads it. A loader never sees a token.
 */
export type UserLoader = (digest: Digest) => User | TokenRefusal | Promise<User | TokenRefusal>;

/** Judges the records of an index. */
export function userLoader(index: Pick<TokenIndex, "find">): UserLoader {
  return (digest) => index.find(digest)?.user ?? "unknown";
}
