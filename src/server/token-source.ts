import type { Clock } from "../http/clock.ts";
import type { Observe } from "../observations/observation.ts";
import type { TokenIds } from "../tokens/token-ids.ts";
import { fillIndex, tokenIndex, type TokenIndex } from "../tokens/token-index.ts";
import type { TokenStore } from "../tokens/token-store.ts";

/** A store, and the index that it fills. */
export interface TokenSource {
  readonly store: TokenStore;
  readonly index: TokenIndex;
  /** Opens the store and loads its tokens, once. */
  open(): Promise<void>;
  /** Closes what is open. Never rejects. */
  close(): Promise<void>;
}

/** What sources need of a server. */
export interface SourceOptions {
  readonly ids: TokenIds;
  readonly clock: Clock;
  readonly observe: Observe;
  /** Called after each change of an index. */
  readonly changed: () => void;
}

/** The source of a store. */
export function tokenSource(store: TokenStore, { ids, observe, changed }: SourceOptions): TokenSource {
  const index = tokenIndex(ids);
  let opening: Promise<void> | null = null;
  return {
    store,
    index,
    open: () => (opening ??= fillIndex(index, store, changed)),
    async close() {
      try {
        await opening;
      } catch {
        // It left nothing open, and the caller of `open` has the error.
        return;
      }
      if (opening !== null)
        await store.close().catch((fault: unknown) => observe({ kind: "uncaught", fault }));
    },
  };
}
