import type { Digest } from "./token.ts";
import type { NamedUser } from "./user.ts";

/** What a store keeps of a token for the server: never the token itself. */
export interface TokenRecord {
  readonly digest: Digest;
  /** The owner of the token; null for a user without a name, who gets an id. */
  readonly user: NamedUser | null;
  /** The public name of the token; by default a keyed id of this process names it. */
  readonly handle?: string | null;
  /** What judges the token; by default it is always good. */
  readonly rules?: TokenRules | null;
  /** Whether it is good however long its store is away, as those of config.json are. */
  readonly isLasting?: boolean;
}

/** When, where and for what a token is good. Times are milliseconds since 1970. */
export interface TokenRules {
  /** What the token may be used for (RFC 6749 3.3). */
  readonly scopes: readonly string[];
  /** The networks that it may come from; empty for any. */
  readonly from: readonly string[];
  /** Not before this time; null for any time before. */
  readonly notBefore: number | null;
  /** Not from this time on; null for ever. */
  readonly expires: number | null;
  readonly disabled: boolean;
  /** For good. */
  readonly revoked: boolean;
}
