import type { TokenRecord, TokenRules } from "./token-record.ts";

/** The records of an index without their digests, by place. */
export interface RecordTable {
  /** Sets the record of a place: a known one, or the next. */
  set(place: number, record: Omit<TokenRecord, "digest">): void;
  user(place: number): string | null;
  handle(place: number): string | null;
  rules(place: number): TokenRules | null;
  isLasting(place: number): boolean;
  /** Calls back with the rules of each place, in an object that the next call changes. A million take about 10 ms. */
  visit(visitor: (rules: TokenRules | null, place: number) => void): void;
}

/**
 * Keeps a million records in columns, at about 50 bytes each besides the names of their users. Rules that differ only in
 * their times are kept once.
 */
export function recordTable(): RecordTable {
  const users: (string | null)[] = [];
  const blocks: Block[] = [];
  const rules: Untimed[] = [];
  const idsOfRules = new Map<string, number>();
  const names = new Map<string, string>();

  const blockOf = (place: number) => blocks[Math.floor(place / BLOCK)] ?? EMPTY;
  const ruleId = ({ scopes, from, disabled, revoked }: TokenRules): number => {
    const key = JSON.stringify([scopes, from, disabled, revoked]);
    let id = idsOfRules.get(key);
    if (id === undefined) {
      id = rules.push({ scopes, from, disabled, revoked });
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
      if (Math.floor(place / BLOCK) === blocks.length) blocks.push(emptyBlock(BLOCK));
      const block = blockOf(place);
      const at = place % BLOCK;
      users[place] = user && shared(user.name);
      for (let index = 0; index < HANDLE_SIZE; index += 1)
        block.handles[at * HANDLE_SIZE + index] = handle === null ? 0 : handle.charCodeAt(index);
      block.rules[at] = given === null ? 0 : ruleId(given);
      block.expires[at] = given?.expires ?? NEVER;
      block.notBefore[at] = given?.notBefore ?? NEVER;
      block.lasting[at] = Number(isLasting);
    },
    user: (place) => users[place] ?? null,
    isLasting: (place) => blockOf(place).lasting[place % BLOCK] === 1,
    handle(place) {
      const start = (place % BLOCK) * HANDLE_SIZE;
      const bytes = blockOf(place).handles.subarray(start, start + HANDLE_SIZE);
      return bytes[0] ? String.fromCharCode(...bytes) : null;
    },
    rules(place) {
      const block = blockOf(place);
      const at = place % BLOCK;
      const known = rules[(block.rules[at] ?? 0) - 1];
      return known
        ? { ...known, expires: timeOf(block.expires[at]), notBefore: timeOf(block.notBefore[at]) }
        : null;
    },
    visit(visitor) {
      const visited = { scopes: NONE, from: NONE, disabled: false, revoked: false, ...NO_TIMES };
      for (let place = 0; place < users.length; place += 1) {
        const block = blockOf(place);
        const at = place % BLOCK;
        const known = rules[(block.rules[at] ?? 0) - 1];
        if (known) {
          visited.scopes = known.scopes;
          visited.from = known.from;
          visited.disabled = known.disabled;
          visited.revoked = known.revoked;
          visited.expires = timeOf(block.expires[at]);
          visited.notBefore = timeOf(block.notBefore[at]);
        }
        visitor(known ? visited : null, place);
      }
    },
  };
}

/** Rules without times, of which most tokens have the same. */
type Untimed = Omit<TokenRules, "expires" | "notBefore">;

/** The columns of a part of the places. Blocks, because a column that grows leaves copies behind. */
interface Block {
  readonly handles: Uint8Array;
  /** The number of the rules, from 1; 0 for none. */
  readonly rules: Int32Array;
  readonly expires: Float64Array;
  readonly notBefore: Float64Array;
  readonly lasting: Uint8Array;
}

function emptyBlock(size: number): Block {
  return {
    handles: new Uint8Array(size * HANDLE_SIZE),
    rules: new Int32Array(size),
    expires: new Float64Array(size),
    notBefore: new Float64Array(size),
    lasting: new Uint8Array(size),
  };
}

function timeOf(time = NEVER): number | null {
  return time === NEVER ? null : time;
}

const BLOCK = 2 ** 15;
/** Bytes of a handle. */
const HANDLE_SIZE = 8;
/** Names of users that are kept once; a user beyond them takes a string for each token. */
const SHARED_NAMES = 10_000;
/** Stands for null in a column of times. */
const NEVER = Infinity;
const NONE: readonly string[] = [];
const NO_TIMES: { expires: number | null; notBefore: number | null } = { expires: null, notBefore: null };
const EMPTY = emptyBlock(0);
