import type { Clock } from "../http/clock.ts";
import type { IndexedRecord } from "../tokens/token-index.ts";
import type { TokenStore, TokenUse } from "../tokens/token-store.ts";
import type { Bearer } from "../tokens/user-loader.ts";

/** Remembers which tokens were used, until the store has written it. */
export interface LastUses {
  note(record: IndexedRecord, bearer: Bearer): void;
  /** Writes what was noted since the last flush. Never rejects; does nothing while the store is away. */
  flush(): Promise<void>;
}

/**
 * Notes only the first use of each token after a flush: finding the client of every request would take a microsecond, a
 * sixth of a small one (Bun 1.4.5). So a time is too early by at most the time between two flushes.
 */
export function lastUses(store: Pick<TokenStore, "state" | "noteUses">, clock: Pick<Clock, "now">): LastUses {
  const noted = new Map<IndexedRecord, TokenUse>();
  return {
    note(record, bearer) {
      if (noted.has(record)) return;
      const { digest } = record;
      noted.set(record, { digest, time: clock.now(), address: bearer.client().address });
    },
    async flush() {
      if (noted.size === 0 || store.state().kind === "away") return;
      const uses = [...noted.values()];
      noted.clear();
      await store.noteUses?.(uses);
    },
  };
}
