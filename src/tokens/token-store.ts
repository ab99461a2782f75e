import type { TokenRecord } from "./token-record.ts";

/** A source of token records. A token index keeps all of them in memory, so that no request waits for a store. */
export interface TokenStore {
  /**
   * Opens the store and returns every record. Called once; the records are read once, and may be made as they are read.
   * If it fails, nothing stays open.
   */
  open(): Promise<Iterable<TokenRecord>>;
  /**
   * Registers the listener; called once, when the records are read. Until the store is closed, the listener receives
   * every record that has changed since `open` read it, in the order in which the changes became visible.
   */
  onChange(listener: (changed: Iterable<TokenRecord>) => void): void;
  /** Whether the store can be reached. While it is away, the records in memory are used. */
  state(): "connected" | "away";
  /** Stops the changes and frees what the store holds. A second call does nothing. */
  close(): Promise<void>;
}
