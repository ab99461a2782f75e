import type { StoredToken, TokenChanges, TokenEvent } from "./stored-token.ts";
import type { Digest } from "./token.ts";

/** Reads and changes the tokens of a store, for the commands. Works whether or not a server runs. */
export interface TokenAdmin {
  list(): Promise<readonly StoredToken[]>;
  find(handle: string): Promise<StoredToken | null>;
  findDigest(digest: Digest): Promise<StoredToken | null>;
  /** The events of a token, oldest first. */
  events(handle: string): Promise<readonly TokenEvent[]>;
  /**
   * Runs `work` in one transaction: all that it writes becomes visible together, under the next numbers of the store's
   * sequence, or none of it does. It is on disk when this resolves. Transactions never overlap.
   */
  transaction<T>(work: (writes: TokenWrites) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Reads and writes within a transaction. */
export interface TokenWrites {
  find(handle: string): Promise<StoredToken | null>;
  findDigest(digest: Digest): Promise<StoredToken | null>;
  /** For each token what the store already has: one with its digest, another one with its handle, or neither (null). */
  taken(tokens: readonly StoredToken[]): Promise<readonly ("digest" | "handle" | null)[]>;
  insert(token: StoredToken): Promise<void>;
  /** Inserts tokens, each with its event, in few steps: a store on another machine makes each step slow. */
  insertAll(tokens: readonly StoredToken[], event: Omit<TokenEvent, "handle">): Promise<void>;
  update(handle: string, changes: TokenChanges): Promise<void>;
  log(event: TokenEvent): Promise<void>;
}
