import type { Digest } from "./token.ts";
import type { NamedUser } from "./user.ts";

/** What a store keeps of a token for the server: never the token itself. */
export interface TokenRecord {
  readonly digest: Digest;
  /** The owner of the token; null for a user without a name, who gets an id. */
  readonly user: NamedUser | null;
  /** The public name of the token; by default a keyed id of this process names it. */
  readonly handle?: string | null;
  /** By default the token is always valid. */
  readonly rules?: TokenRules | null;
  /** Whether it stays valid however long its store is away, as those of config.json do. */
  readonly isLasting?: boolean;
}

/** When, where and for what a token is valid. Times are milliseconds since 1970. */
export interface TokenRules {
  /** What the token may be used for (RFC 6749 3.3). */
  readonly scopes: readonly string[];
  /** The networks that it may come from; empty for any. */
  readonly from: readonly string[];
  /** The time from which it is accepted; null if there is none. */
  readonly notBefore: number | null;
  /** The time from which it is refused; null for never. */
  readonly expires: number | null;
  readonly disabled: boolean;
  /** Refused for good. */
  readonly revoked: boolean;
}
