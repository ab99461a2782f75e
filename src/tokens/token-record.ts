import type { Digest } from "./token.ts";
import type { User } from "./user.ts";

/** What a store keeps of a token. It never holds the token. */
export interface TokenRecord {
  readonly digest: Digest;
  /** Whose token it is; null where the user has no name and goes by an id. */
  readonly user: User | null;
}
