import type { TokenIds } from "./token-ids.ts";
import type { TokenRecord, TokenRules } from "./token-record.ts";
import type { TokenStore } from "./token-store.ts";
import { DIGEST_SIZE, type Digest } from "./token.ts";
import { recordTable } from "./record-table.ts";
import type { User } from "./user.ts";

/** A record in the index, where every user has a name or an id. */
export interface IndexedRecord {
  readonly digest: Digest;
  readonly user: User;
  readonly rules: TokenRules | null;
  readonly isLasting: boolean;
}

/** All token records, found by digest. */
export interface TokenIndex {
  /** The number of tokens. */
  readonly size: number;
  /** The record with this digest, or null. */
  find(digest: Digest): IndexedRecord | null;
  /** Adds records, and replaces those with a known digest. */
  apply(records: Iterable<TokenRecord>): void;
  /**
   * Calls back with the rules of every record, in an object that the next call changes, and with what makes its handle.
   * A million records take about 20 ms.
   */
  visit(visitor: (rules: TokenRules | null, handle: () => string) => void): void;
}

/** An index that is only read. */
export type TokenView = Omit<TokenIndex, "apply">;

/**
 * Keeps token records in memory: finds one of a million as fast as one of two, and never waits. A user without a name
 * gets its id from `ids` when it is first found.
 *
 * A hash table of plain arrays: all digests, one after the other, and slots that map the first bits of a digest to its
 * place. A Map of a million entries takes twice the time to fill and four times the memory (Bun 1.4.5). Records are not
 * kept as objects for the same reason; only those of tokens in use are, once they are made.
 */
export function tokenIndex(ids: TokenIds): TokenIndex {
  // Blocks, because one array that grows leaves 30 MB of copies behind for a million digests (Bun 1.4.5).
  const blocks: Uint8Array[] = [];
  /** The place of a digest plus 1, or 0 for an empty slot. At least half are empty, so that a search ends soon. */
  let slots = new Int32Array(2 * BLOCK);
  const table = recordTable();
  const found = new Map<number, IndexedRecord>();
  let size = 0;

  const isAt = (place: number, digest: Digest) => {
    const block = blocks[Math.floor(place / BLOCK)];
    const start = (place % BLOCK) * DIGEST_SIZE;
    for (let at = 0; at < DIGEST_SIZE; at += 1) if (block?.[start + at] !== digest[at]) return false;
    return true;
  };
  const digestAt = (place: number) => {
    const start = (place % BLOCK) * DIGEST_SIZE;
    return (blocks[Math.floor(place / BLOCK)] ?? NO_BLOCK).subarray(start, start + DIGEST_SIZE);
  };
  /** The slot of a digest, or the empty one that it would take. */
  const slotOf = (digest: Digest) => {
    for (let slot = firstBits(digest); ; slot += 1) {
      const taken = slots[slot & (slots.length - 1)] ?? 0;
      if (taken === 0 || isAt(taken - 1, digest)) return slot & (slots.length - 1);
    }
  };
  const growSlots = () => {
    slots = new Int32Array(2 * slots.length);
    let place = 0;
    for (const block of blocks) {
      for (let start = 0; start < block.length && place < size; start += DIGEST_SIZE) {
        let slot = firstBits(block, start) & (slots.length - 1);
        while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
        slots[slot] = place += 1;
      }
    }
  };
  const add = (digest: Digest, slot: number) => {
    if (size % BLOCK === 0) blocks.push(new Uint8Array(BLOCK * DIGEST_SIZE));
    blocks.at(-1)?.set(digest, (size % BLOCK) * DIGEST_SIZE);
    slots[slot] = size += 1;
    if (2 * size > slots.length) growSlots();
  };
  const recordOf = (place: number, digest: Digest): IndexedRecord => {
    const rules = table.rules(place);
    const user = {
      name: table.user(place) ?? ids.userId(digest),
      tokenId: table.handle(place) ?? ids.handle(digest),
      scopes: rules?.scopes ?? NO_SCOPES,
    };
    const record = { digest, user, rules, isLasting: table.isLasting(place) };
    found.set(place, record);
    return record;
  };

  return {
    get size() {
      return size;
    },
    find(digest) {
      const place = (slots[slotOf(digest)] ?? 0) - 1;
      return place < 0 ? null : (found.get(place) ?? recordOf(place, digest));
    },
    apply(records) {
      for (const record of records) {
        const slot = slotOf(record.digest);
        const known = (slots[slot] ?? 0) - 1;
        const place = known < 0 ? size : known;
        table.set(place, record);
        if (known < 0) add(record.digest, slot);
        else found.delete(place);
      }
    },
    visit(visitor) {
      let at = 0;
      const handle = () => table.handle(at) ?? ids.handle(digestAt(at));
      table.visit((rules, place) => {
        at = place;
        visitor(rules, handle);
      });
    },
  };
}

/**
 * Opens a store and adds its records to an index, and its changes until the store is closed. `changed` is called after
 * each change. A million records are added a part at a time, so that requests are answered meanwhile.
 */
export async function fillIndex(
  index: TokenIndex,
  store: TokenStore,
  changed: () => void = () => {},
): Promise<void> {
  let added = 0;
  for (const record of await store.open()) {
    index.apply([record]);
    if ((added += 1) % PART === 0) await new Promise(setImmediate);
  }
  store.onChange((records) => {
    index.apply(records);
    changed();
  });
}

function firstBits(bytes: Uint8Array, start = 0): number {
  let bits = 0;
  for (let at = start; at < start + 4; at += 1) bits = (bits << 8) | (bytes[at] ?? 0);
  return bits >>> 1;
}

/** Digests in a block of 1 MB. Blocks of 32 KB take 12 MB more for a million digests (Bun 1.4.5). */
const BLOCK = 2 ** 15;
/** Records that are added to an index at a time, in about 10 ms. */
const PART = 10_000;
const NO_BLOCK = new Uint8Array();
const NO_SCOPES: readonly string[] = [];
