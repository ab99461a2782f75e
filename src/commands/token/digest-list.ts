import { DIGEST_SIZE, type Digest } from "../../tokens/token.ts";

/** Distinct digests in the order in which they were added: 40 to 80 bytes each; objects would take 400 (Bun 1.4.5). */
export interface DigestList {
  readonly size: number;
  /** Adds a digest that is not in it. */
  add(digest: Digest): void;
  /** The place of a digest, from 0; -1 if it is not in it. */
  placeOf(digest: Digest): number;
  /** The digest at a place. */
  at(place: number): Digest;
}

/** Makes an empty list. */
export function digestList(): DigestList {
  let digests = new Uint8Array(1_024 * DIGEST_SIZE);
  // A hash table with open addressing: the place of a digest plus 1, or 0. It is at most half full.
  let slots = new Uint32Array(2_048);
  let size = 0;
  const at = (place: number) => digests.subarray(place * DIGEST_SIZE, (place + 1) * DIGEST_SIZE);
  const slotOf = (digest: Digest) => {
    // The first bits of a SHA-256 are as good as any hash.
    const [a = 0, b = 0, c = 0, d = 0] = digest;
    let slot = (a | (b << 8) | (c << 16) | (d << 24)) & (slots.length - 1);
    for (; slots[slot] !== 0; slot = (slot + 1) & (slots.length - 1)) {
      if (isSame(at((slots[slot] ?? 0) - 1), digest)) break;
    }
    return slot;
  };
  const grow = () => {
    const longer = new Uint8Array(digests.length * 2);
    longer.set(digests);
    digests = longer;
    slots = new Uint32Array(slots.length * 2);
    for (let place = 0; place < size; place += 1) slots[slotOf(at(place))] = place + 1;
  };
  return {
    get size() {
      return size;
    },
    add(digest) {
      if (size * DIGEST_SIZE === digests.length) grow();
      slots[slotOf(digest)] = size + 1;
      digests.set(digest, size * DIGEST_SIZE);
      size += 1;
    },
    placeOf: (digest) => (slots[slotOf(digest)] ?? 0) - 1,
    at,
  };
}

function isSame(one: Digest, other: Digest): boolean {
  for (let at = 0; at < DIGEST_SIZE; at += 1) if (one[at] !== other[at]) return false;
  return true;
}
