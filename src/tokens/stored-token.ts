import type { Digest } from "./token.ts";

/** All that a store keeps of a token. Times are milliseconds since 1970. */
export interface StoredToken {
  /** Its public name: 8 characters of base62, unique in the store. */
  readonly handle: string;
  readonly digest: Digest;
  /** The name of its user, shown in logs, metrics and headers. A user may have several tokens. */
  readonly user: string;
  /** A label for people; up to 200 characters without control characters. */
  readonly name: string | null;
  readonly scopes: readonly string[];
  /** The networks that it may come from; empty for any. */
  readonly from: readonly string[];
  readonly created: number;
  readonly notBefore: number | null;
  readonly expires: number | null;
  readonly disabled: boolean;
  /** When it was revoked, for good; null if it was not. */
  readonly revoked: number | null;
  /** The handle of the token that it replaces. */
  readonly rotatedFrom: string | null;
  readonly lastUsed: number | null;
  readonly lastUsedFrom: string | null;
}

/** The properties of a stored token that can change. */
export type TokenChanges = Partial<
  Pick<StoredToken, "user" | "name" | "scopes" | "from" | "notBefore" | "expires" | "disabled" | "revoked">
>;

/** A change of a token, for the record. */
export interface TokenEvent {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly handle: string;
  readonly action: "created" | "edited" | "disabled" | "enabled" | "revoked" | "rotated" | "imported";
  /** What changed, in words; never a token or a digest. */
  readonly detail: string;
  /** The system user and the host that did it. */
  readonly by: string;
  readonly host: string;
}
