import type { Digest } from "./token.ts";

/** All that a store keeps of a token. Times are milliseconds since 1970. */
export interface StoredToken {
  /** Its public name: 8 characters of base62, unique in the store. */
  readonly handle: string;
  readonly digest: Digest;
  /** Who it is: shown in logs, metrics and headers. One user may have several tokens. */
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

/** What can change of a stored token. */
export type TokenChanges = Partial<
  Pick<StoredToken, "user" | "name" | "scopes" | "from" | "notBefore" | "expires" | "disabled" | "revoked">
>;

/** Something that was done to a token. */
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

/** Reads and changes the tokens of a store, for the commands. Needs no server, and works beside one. */
export interface TokenAdmin {
  list(): Promise<readonly StoredToken[]>;
  find(handle: string): Promise<StoredToken | null>;
  findDigest(digest: Digest): Promise<StoredToken | null>;
  /** The events of a token, oldest first. */
  events(handle: string): Promise<readonly TokenEvent[]>;
  /**
   * Runs `work` in one transaction: all that it writes becomes visible together, under the next numbers of the store's
   * sequence, or none of it. It is on disk when this resolves. Two transactions never overlap.
   */
  transaction<T>(work: (writes: TokenWrites) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** What a transaction may do. */
export interface TokenWrites {
  find(handle: string): Promise<StoredToken | null>;
  findDigest(digest: Digest): Promise<StoredToken | null>;
  /** What is in the store already: a token with this digest; another one with this handle; or neither (null). */
  taken(tokens: readonly StoredToken[]): Promise<readonly ("digest" | "handle" | null)[]>;
  insert(token: StoredToken): Promise<void>;
  /** Inserts tokens, and an event of each, in few steps: a step takes a while where the store is on another machine. */
  insertAll(tokens: readonly StoredToken[], event: Omit<TokenEvent, "handle">): Promise<void>;
  update(handle: string, changes: TokenChanges): Promise<void>;
  log(event: TokenEvent): Promise<void>;
}

/** The store refused, or can't be reached: for the person who runs a command or starts a server. */
export class StoreError extends Error {}
