import { DIGEST_SIZE, digestToken, type Digest } from "../tokens/token.ts";
import type { TokenStore } from "../tokens/token-store.ts";
import { userOfDigest, type User } from "../tokens/user.ts";

/** What the store has to know. */
export interface ConfigStoreOptions {
  /** The tokens as config.json gives them. Only their digests are kept. */
  readonly tokens: readonly string[];
}

/**
 * The tokens of config.json, found by digest in a Map, so a million of them answer as fast as two.
 *
 * Quick to fill and small: all digests stand in one array, and the Map leads from the first bits of a digest,
 * as a number, to its place there. Where two digests share these bits the later one stands under the next free
 * number. A user is made at its first request.
 */
export function configStore({ tokens }: ConfigStoreOptions): TokenStore {
  const digests = new Uint8Array(tokens.length * DIGEST_SIZE);
  const places = new Map<number, number>();
  const users = new Map<number, User>();

  const standsAt = (place: number, digest: Digest) => {
    const start = place * DIGEST_SIZE;
    for (let at = 0; at < DIGEST_SIZE; at += 1) if (digests[start + at] !== digest[at]) return false;
    return true;
  };
  /** The number under which a digest stands, or else would stand. */
  const keyOf = (digest: Digest) => {
    for (let key = firstBits(digest); ; key += 1) {
      const place = places.get(key);
      if (place === undefined || standsAt(place, digest)) return key;
    }
  };

  const digest = new Uint8Array(DIGEST_SIZE);
  for (const token of tokens) {
    digestToken(token, digest);
    const key = keyOf(digest);
    if (places.has(key)) continue;
    digests.set(digest, places.size * DIGEST_SIZE);
    places.set(key, places.size);
  }

  return {
    size: places.size,
    find(digest) {
      const place = places.get(keyOf(digest));
      if (place === undefined) return null;
      const known = users.get(place);
      if (known) return known;
      const user = userOfDigest(digest);
      users.set(place, user);
      return user;
    },
  };
}

/** 31 bits: what the engine keeps as an integer, and a Map is quickest with. */
function firstBits(digest: Digest): number {
  let bits = 0;
  for (let at = 0; at < 4; at += 1) bits = (bits << 8) | (digest[at] ?? 0);
  return bits >>> 1;
}
