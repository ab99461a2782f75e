import type { StoreUrl } from "../../src/stores/store-url.ts";
import type { TokenRecord, TokenRules } from "../../src/tokens/token-record.ts";
import type { StoreState, TokenStore, TokenUse } from "../../src/tokens/token-store.ts";
import { digestToken } from "../../src/tokens/token.ts";

/** The URL of a store of `testStore`. */
export const STORE_URL: StoreUrl = {
  kind: "sqlite",
  path: "/never-there/tokens.db",
  shown: "sqlite:tokens.db",
};

/** A store whose tokens a test changes, and what it notes. */
export interface TestStore extends TokenStore {
  /** Sets tokens, and passes them on as changes. */
  put(...records: readonly TokenRecord[]): void;
  become(state: Partial<StoreState>): void;
  readonly opened: number;
  readonly closed: number;
  readonly uses: readonly TokenUse[];
}

/** A store that is in memory, in the place of a database. It is connected and loaded unless a test says otherwise. */
export function testStore(...records: readonly TokenRecord[]): TestStore {
  const all = new Map(records.map((record) => [record.digest.toHex(), record]));
  let listener: ((changed: Iterable<TokenRecord>) => void) | null = null;
  let state: StoreState = { kind: "connected", since: 0, loaded: true };
  const uses: TokenUse[] = [];
  let opened = 0;
  let closed = 0;
  return {
    async open() {
      opened += 1;
      return [...all.values()];
    },
    onChange: (given) => void (listener = given),
    state: () => state,
    noteUses: async (given) => void uses.push(...given),
    async close() {
      closed += 1;
    },
    put(...changed) {
      for (const record of changed) all.set(record.digest.toHex(), record);
      listener?.(changed);
    },
    become: (given) => void (state = { ...state, ...given }),
    get opened() {
      return opened;
    },
    get closed() {
      return closed;
    },
    uses,
  };
}

/** The record of a token that is good for everything, but for the rules given. */
export function recordOf(token: string, rules: Partial<TokenRules> = {}, handle = "Ab3dE6gH"): TokenRecord {
  return {
    digest: digestToken(token),
    user: { name: "anna" },
    handle,
    rules: {
      ...{ scopes: [], from: [], notBefore: null, expires: null, disabled: false, revoked: false },
      ...rules,
    },
  };
}
