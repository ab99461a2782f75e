import type { TokenRecord } from "./token-record.ts";

/** Where token records come from. All of them are kept in memory by a token index: no request waits for a store. */
export interface TokenStore {
  /**
   * Opens the store and returns every record. Called once, and the records are read once: they may be made while they are
   * read. Where it fails, nothing stays open.
   */
  open(): Promise<Iterable<TokenRecord>>;
  /**
   * Registers the listener, once, right after `open`. Until the store is closed, it receives every record that changed
   * since then, in the order in which the changes became visible.
   */
  onChange(listener: (changed: Iterable<TokenRecord>) => void): void;
  /** Whether the store can be reached. While it is away, the records in memory stay in use. */
  state(): "connected" | "away";
  /** Ends the changes and frees what the store holds. A second call does nothing. */
  close(): Promise<void>;
}
