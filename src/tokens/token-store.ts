import type { Digest } from "./token.ts";
import type { User } from "./user.ts";

/** Where users are kept by the digest of their token. It never sees a token. */
export interface TokenStore {
  /** How many tokens there are. */
  readonly size: number;
  /** Whether it can be asked. */
  ready(): boolean;
  /** The user of the token with this digest, or null. */
  find(digest: Digest): User | null | Promise<User | null>;
}
