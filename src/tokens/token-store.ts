import type { Digest } from "./token.ts";
import type { TokenRecord } from "./token-record.ts";

/** A source of token records. A token index keeps all of them in memory, so that no request waits for a store. */
export interface TokenStore {
  /**
   * Opens the store and returns every record. Called once; the records are read once, and may be made as they are read.
   * If it fails, nothing stays open. A store that can't be reached yet resolves to no records, is `away`, and goes on
   * trying; the records then come as changes.
   */
  open(): Promise<Iterable<TokenRecord>>;
  /**
   * Registers the listener; called once, when the records are read. Until the store is closed, the listener receives
   * every record that has changed since `open` read it, in the order in which the changes became visible.
   */
  onChange(listener: (changed: Iterable<TokenRecord>) => void): void;
  /** Whether the store can be reached. While it is away, the records in memory are used. */
  state(): StoreState;
  /**
   * Looks for changes now, and passes them to the listener before it returns. Only a store that needs no wait for it has this.
   * Called before an unknown token is refused, so that one that was just created is found. The store limits the rate.
   */
  refresh?(): void;
  /** Writes when tokens were last used. What can't be written is lost; never rejects. */
  noteUses?(uses: readonly TokenUse[]): Promise<void>;
  /** Stops the changes and frees what the store holds. A second call does nothing. */
  close(): Promise<void>;
}

/** Whether a store can be reached. */
export interface StoreState {
  readonly kind: "connected" | "away";
  /** Since when, in milliseconds of the clock that the store was given, which never goes back. */
  readonly since: number;
  /** Whether its records were ever loaded. */
  readonly loaded: boolean;
  /** Why it is away, for the operator. Names the store, and contains no secret. */
  readonly problem?: string | undefined;
}

/** The last use of a token. */
export interface TokenUse {
  readonly digest: Digest;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** The address of the client; null if it has none. */
  readonly address: string | null;
}
