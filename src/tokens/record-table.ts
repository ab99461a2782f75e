import type { TokenRecord, TokenRules } from "./token-record.ts";

/** What the records of an index hold besides their digests, by place. */
export interface RecordTable {
  /** Sets what a place holds. A new place must be the next one. */
  set(place: number, record: Omit<TokenRecord, "digest">): void;
  user(place: number): string | null;
  handle(place: number): string | null;
  rules(place: number): TokenRules | null;
  isLasting(place: number): boolean;
}

/**
 * Keeps a million records in columns, at about 70 bytes each besides the names of their users. Rules that differ only in
 * when they expire are kept once.
 */
export function recordTable(): RecordTable {
  const users: (string | null)[] = [];
  const handles: Uint8Array[] = [];
  const expiries: Float64Array[] = [];
  const rulesIds: Int32Array[] = [];
  const lasting: Uint8Array[] = [];
  const rules: (Omit<TokenRules, "expires"> | null)[] = [null];
  const idsOfRules = new Map<string, number>();
  const names = new Map<string, string>();

  const ruleId = (given: TokenRules | null): number => {
    if (given === null) return 0;
    const { scopes, from, notBefore, disabled, revoked } = given;
    const key = JSON.stringify([scopes, from, notBefore, disabled, revoked]);
    let id = idsOfRules.get(key);
    if (id === undefined) {
      id = rules.push({ scopes, from, notBefore, disabled, revoked }) - 1;
      idsOfRules.set(key, id);
    }
    return id;
  };
  /** The same string for the same user: a store makes a new one for each token. */
  const shared = (name: string): string => {
    const known = names.get(name);
    if (known !== undefined) return known;
    if (names.size < SHARED_NAMES) names.set(name, name);
    return name;
  };

  return {
    set(place, { user, handle = null, rules: given = null, isLasting = false }) {
      const [block, at] = [Math.floor(place / BLOCK), place % BLOCK];
      if (block === handles.length) {
        handles.push(new Uint8Array(BLOCK * HANDLE_SIZE));
        expiries.push(new Float64Array(BLOCK));
        rulesIds.push(new Int32Array(BLOCK));
        lasting.push(new Uint8Array(BLOCK));
      }
      users[place] = user && shared(user.name);
      const start = at * HANDLE_SIZE;
      if (handle === null) handles[block]?.fill(0, start, start + HANDLE_SIZE);
      else
        for (let index = 0; index < HANDLE_SIZE; index += 1)
          (handles[block] as Uint8Array)[start + index] = handle.charCodeAt(index);
      (expiries[block] as Float64Array)[at] = given?.expires ?? Infinity;
      (rulesIds[block] as Int32Array)[at] = ruleId(given);
      (lasting[block] as Uint8Array)[at] = Number(isLasting);
    },
    user: (place) => users[place] ?? null,
    isLasting: (place) => lasting[Math.floor(place / BLOCK)]?.[place % BLOCK] === 1,
    handle(place) {
      const start = (place % BLOCK) * HANDLE_SIZE;
      const bytes = handles[Math.floor(place / BLOCK)]?.subarray(start, start + HANDLE_SIZE);
      return !bytes || bytes[0] === 0 ? null : String.fromCharCode(...bytes);
    },
    rules(place) {
      const [block, at] = [Math.floor(place / BLOCK), place % BLOCK];
      const known = rules[rulesIds[block]?.[at] ?? 0] ?? null;
      const expires = expiries[block]?.[at] ?? Infinity;
      return known && { ...known, expires: expires === Infinity ? null : expires };
    },
  };
}

const BLOCK = 2 ** 15;
/** Bytes of a handle. */
const HANDLE_SIZE = 8;
/** Names of users that are kept once; a user beyond them takes a string for each token. */
const SHARED_NAMES = 10_000;
