import { LIMITS } from "../limits.ts";
import { StoreError } from "../tokens/store-error.ts";
import type { TokenRecord } from "../tokens/token-record.ts";
import type { StoreState, TokenStore } from "../tokens/token-store.ts";
import { lookAllowance } from "./look-allowance.ts";
import { deletedRecord, recordReader } from "./record-reader.ts";
import { sqliteError } from "./sqlite-error.ts";
import { sqliteReader, type SqliteReader } from "./sqlite-reader.ts";
import type { SqliteUrl } from "./store-url.ts";
import { whileLocked } from "./while-locked.ts";

/** Options for `sqliteStore`. */
export interface SqliteStoreOptions {
  readonly url: SqliteUrl;
  /** Whether `open` creates the file if it is not there. Later it never is: an empty store would lock everyone out. */
  readonly create: boolean;
  /** Milliseconds of a clock that never goes back. */
  readonly elapsed: () => number;
}

/**
 * A store in a SQLite file, which other processes change. It looks for changes every `LIMITS.storeInterval`, and in
 * `refresh`: `PRAGMA data_version` changes when another connection has written, and the inode when the file was replaced,
 * which data_version does not show (Bun 1.4.5). Both together take 4 microseconds.
 */
export function sqliteStore({ url, create, elapsed }: SqliteStoreOptions): TokenStore {
  const toRecord = recordReader();
  const mayLook = lookAllowance(elapsed);
  let reader: SqliteReader | null = null;
  /** Files that were replaced, and how far their tokens were compared with those of the current file. */
  const replaced: { readonly reader: SqliteReader; compared: number }[] = [];
  let listener: ((changed: Iterable<TokenRecord>) => void) | null = null;
  let state: StoreState = { kind: "away", since: elapsed(), loaded: false };
  let timer: ReturnType<typeof setInterval> | null = null;
  let isClosed = false;
  let isScheduled = false;

  const become = (kind: StoreState["kind"], problem?: string) => {
    const loaded = state.loaded || (kind === "connected" && reader?.hasMore() === false);
    const since = kind === state.kind ? state.since : elapsed();
    state = { kind, since, loaded, problem };
  };
  /** Runs work on the file. The store is connected if it returns true, and away if it throws. */
  const attempt = (work: () => boolean) => {
    try {
      if (work()) become("connected");
    } catch (error) {
      const problem = sqliteError(error, url.shown);
      if (!(problem instanceof StoreError)) throw problem;
      become("away", problem.message);
    }
  };
  const open = (isFirst: boolean) => sqliteReader({ ...url, create: isFirst && create }, toRecord);

  /** Opens another file if the store has none, or if it was replaced. */
  const follow = (): SqliteReader => {
    if (reader?.isCurrent() === true) return reader;
    reader?.removeLog();
    const newer = open(false);
    if (reader !== null) replaced.push({ reader, compared: 0 });
    return (reader = newer);
  };
  /** Reports a part of the changes, and continues in another turn of the event loop. */
  const report = (from: SqliteReader): true => {
    if (from.hasChanged()) listener?.(from.next());
    if (from.hasMore() || dropReplaced(from)) schedule();
    if (!from.hasGoneBack()) return true;
    throw new StoreError(
      `${url.shown}: an older copy was written into it; restart the server, so that tokens which the copy lacks are refused`,
    );
  };
  /** Reports tokens of a replaced file that the current one lacks, a part at a time. Returns whether there are more. */
  const dropReplaced = (current: SqliteReader): boolean => {
    const [old] = replaced;
    if (old === undefined) return false;
    const part = old.reader.digestsAfter(old.compared);
    listener?.(part.filter(([, digest]) => !current.has(digest)).map(([, digest]) => deletedRecord(digest)));
    old.compared = part.at(-1)?.[0] ?? old.compared;
    if (part.length < LIMITS.storePart) replaced.shift()?.reader.close();
    return replaced.length > 0;
  };
  const look = () => {
    if (isClosed) return;
    attempt(() => report(follow()));
  };
  const schedule = () => {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      look();
    });
  };
  function* allRecords(from: SqliteReader): Generator<TokenRecord> {
    while (!isClosed && state.kind === "connected" && from.hasMore()) {
      let part: readonly TokenRecord[] = [];
      attempt(() => {
        part = [...from.next()];
        return true;
      });
      yield* part;
    }
  }

  return {
    async open() {
      try {
        const opened = await whileLocked(() => open(true));
        if (isClosed) opened.close();
        else reader = opened;
      } catch (error) {
        attempt(() => {
          throw error;
        });
      }
      if (reader === null) return [];
      become("connected");
      return allRecords(reader);
    },
    onChange(given) {
      if (isClosed) return;
      listener = given;
      timer = setInterval(look, LIMITS.storeInterval);
    },
    state: () => state,
    refresh() {
      if (isClosed || listener === null || !mayLook()) return;
      // To open another file takes longer and is left to the timer.
      attempt(() => reader?.isCurrent() === true && report(reader));
    },
    async noteUses(uses) {
      for (let start = 0; start < uses.length && !isClosed; start += LIMITS.storeUses) {
        const part = uses.slice(start, start + LIMITS.storeUses);
        try {
          await whileLocked(() => isClosed || reader?.noteUses(part));
        } catch {
          return;
        }
        await new Promise(setImmediate);
      }
    },
    async close() {
      isClosed = true;
      if (timer !== null) clearInterval(timer);
      for (const old of replaced.splice(0)) old.reader.close();
      reader?.close();
      reader = null;
    },
  };
}
