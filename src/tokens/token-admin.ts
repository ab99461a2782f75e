import type { StoredToken, TokenChanges, TokenEvent } from "./stored-token.ts";
import type { Digest } from "./token.ts";

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
