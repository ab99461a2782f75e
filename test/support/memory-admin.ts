import { StoreError } from "../../src/tokens/store-error.ts";
import type { StoredToken, TokenChanges, TokenEvent } from "../../src/tokens/stored-token.ts";
import type { TokenAdmin } from "../../src/tokens/token-admin.ts";
import type { Digest } from "../../src/tokens/token.ts";

/** An admin whose tokens are in memory, and what a test looks at. */
export interface MemoryAdmin extends TokenAdmin {
  /** Every event, oldest first. */
  readonly log: readonly TokenEvent[];
  /** How often it was closed. */
  readonly closed: number;
  /** Changes what a command can't: `lastUsed`, or a record as other programs may write it. */
  put(token: StoredToken): void;
}

/** Keeps tokens in memory, as a store keeps them on disk. */
export function memoryAdmin(): MemoryAdmin {
  let tokens = new Map<string, StoredToken>();
  let log: TokenEvent[] = [];
  let closed = 0;
  let last: Promise<unknown> = Promise.resolve();
  const find = async (handle: string) => tokens.get(handle) ?? null;
  const handles = new Map<string, string>();
  const findDigest = async (digest: Digest) => tokens.get(handles.get(digest.toHex()) ?? "") ?? null;
  const put = (token: StoredToken) => {
    tokens.set(token.handle, token);
    handles.set(token.digest.toHex(), token.handle);
  };
  const writes = {
    find,
    findDigest,
    async insert(token: StoredToken) {
      if (tokens.has(token.handle) || (await findDigest(token.digest))) throw new StoreError("is taken");
      put(token);
    },
    async taken(given: readonly StoredToken[]) {
      return given.map(({ handle, digest }) => {
        if (handles.has(digest.toHex())) return "digest";
        return tokens.has(handle) ? "handle" : null;
      });
    },
    async insertAll(given: readonly StoredToken[], event: Omit<TokenEvent, "handle">) {
      for (const token of given) {
        await writes.insert(token);
        log.push({ ...event, handle: token.handle });
      }
    },
    async update(handle: string, changes: TokenChanges) {
      const token = tokens.get(handle);
      if (!token) throw new StoreError(`no token ${handle}`);
      tokens.set(handle, { ...token, ...changes });
    },
    async log(event: TokenEvent) {
      log.push(event);
    },
  };
  return {
    list: async () => [...tokens.values()],
    find,
    findDigest,
    events: async (handle) => log.filter((event) => event.handle === handle),
    async transaction(work) {
      const turn = last.then(async () => {
        const before = { tokens: new Map(tokens), log: [...log] };
        try {
          return await work(writes);
        } catch (fault) {
          ({ tokens, log } = before);
          throw fault;
        }
      });
      last = turn.catch(() => {});
      return await turn;
    },
    async close() {
      closed += 1;
    },
    get log() {
      return log;
    },
    get closed() {
      return closed;
    },
    put,
  };
}
