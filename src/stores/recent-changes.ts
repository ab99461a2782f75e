import type { Digest } from "../tokens/token.ts";

/** A change of a token, as a store numbers it. */
export interface Change {
  readonly seq: number;
  readonly digest: Digest;
}

/** The last changes that were read. */
export interface RecentChanges {
  add(changes: readonly Change[]): void;
  /** The tokens that changed last. */
  digests(): readonly Digest[];
  /**
   * Whether every change that was read after this one is kept. A database that ends with it has then lost only these, and
   * is not a much older copy.
   */
  reachBackTo(seq: number): boolean;
  clear(): void;
}

/** Keeps up to `max` changes. */
export function recentChanges(max: number): RecentChanges {
  let recent: readonly Change[] = [];
  /** The number of the last change that is no longer kept. */
  let forgotten = 0;
  return {
    add(changes) {
      const all = [...recent, ...changes.slice(-max)];
      const before = changes[changes.length - max - 1] ?? all[all.length - max - 1];
      forgotten = Math.max(forgotten, before?.seq ?? 0);
      recent = all.slice(-max);
    },
    digests: () => recent.map(({ digest }) => digest),
    reachBackTo: (seq) => seq >= forgotten,
    clear() {
      recent = [];
      forgotten = 0;
    },
  };
}
