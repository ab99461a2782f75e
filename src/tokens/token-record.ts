import type { Digest } from "./token.ts";
import type { NamedUser } from "./user.ts";

/** What a store keeps of a token: never the token itself. */
export interface TokenRecord {
  readonly digest: Digest;
  /** The owner of the token; null for a user without a name, who gets an id. */
  readonly user: NamedUser | null;
}
