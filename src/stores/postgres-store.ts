import { LIMITS } from "../limits.ts";
import { StoreError } from "../tokens/store-error.ts";
import type { TokenRecord } from "../tokens/token-record.ts";
import type { StoreState, TokenStore } from "../tokens/token-store.ts";
import { POSTGRES_CHANNEL } from "./migrations/postgres-migrations.ts";
import { postgresConnection, type PostgresConnection } from "./postgres-connection.ts";
import { readPart, readTokens, writeUses } from "./postgres-reader.ts";
import { prepareTables, tablesOf, type PostgresTables } from "./postgres-tables.ts";
import { recentChanges } from "./recent-changes.ts";
import { recordReader } from "./record-reader.ts";
import type { PostgresUrl } from "./store-url.ts";
import { wakeablePause } from "./wakeable-pause.ts";

/** Options for `postgresStore`. */
export interface PostgresStoreOptions {
  readonly url: PostgresUrl;
  /** Milliseconds of a clock that never goes back. */
  readonly elapsed: () => number;
}

/**
 * A store in a PostgreSQL database, which many servers share. It reads changes when PostgreSQL announces them (NOTIFY), and
 * every `LIMITS.storeHeartbeat`: that bounds the delay if a notification is lost or a pooler passes on none, and notices a
 * server that does not answer. It reconnects for ever, and continues to read from where it was.
 */
export function postgresStore({ url, elapsed }: PostgresStoreOptions): TokenStore {
  const toRecord = recordReader();
  const nap = wakeablePause();
  const opened = Promise.withResolvers<void>();
  /** What was read before there was a listener. */
  const waiting: (readonly TokenRecord[])[] = [];
  let listener: ((changed: Iterable<TokenRecord>) => void) | null = null;
  let state: StoreState = { kind: "away", since: elapsed(), loaded: false };
  let connection: PostgresConnection | null = null;
  let following: Promise<void> | null = null;
  let isClosed = false;
  const recent = recentChanges(LIMITS.storeOverlap);
  let store: string | null = null;
  /** Whether the database was replaced by one that can't be compared with what was read before. */
  let isReplaced = false;
  let last = 0;
  let knownFrom = 0;

  const become = (kind: StoreState["kind"], problem?: string) => {
    const since = kind === state.kind ? state.since : elapsed();
    state = { kind, since, loaded: state.loaded || kind === "connected", problem };
    opened.resolve();
  };

  /** Follows the store, over one connection after another, until it is closed. */
  async function follow(): Promise<void> {
    let timeout: number = LIMITS.storeConnectTimeout;
    let pause = 0;
    while (!isClosed) {
      try {
        connection = postgresConnection({ url, max: 2, onEnd: nap.wake });
        await attend(connection, timeout, () => {
          timeout = LIMITS.storeConnectTimeout;
          pause = 0;
        });
      } catch (error) {
        // A connection that worked until now is retried once before the store counts as away.
        const isSilent = connection?.isSilent() !== false;
        if (isSilent || pause > 0 || state.kind === "away") become("away", textOf(error));
        if (isSilent) timeout = LIMITS.storeSlowTimeout;
      }
      await connection?.close();
      connection = null;
      if (!isClosed && pause > 0) await nap.pause(pause);
      pause = Math.min(Math.max(2 * pause, LIMITS.storeRetryPause), LIMITS.storeMaxRetryPause);
    }
  }

  /** Follows the store over one connection; ends when the store is closed, and throws when the connection fails. */
  async function attend(over: PostgresConnection, timeout: number, onReached: () => void): Promise<void> {
    // Tables that vanish later are never created anew: empty ones would lock everyone out, and be in the way of a restore.
    const create = store === null;
    await startFrom(await prepareTables(over, { shown: url.shown, create, timeout }), over, timeout);
    // Before the records are read, so that no change is missed between the two.
    await over.ask(timeout, (sql) => sql.listen(POSTGRES_CHANNEL, nap.wake, nap.wake));
    while (!isClosed) {
      if (await readOn(over)) continue;
      onReached();
      if (isReplaced) become("away", `${url.shown}: ${REPLACED}`);
      else become("connected");
      await nap.pause(LIMITS.storeHeartbeat);
      const failure = over.failure();
      if (failure !== null) throw failure;
      // A copy that was restored meanwhile uses the same numbers again.
      const tables = await over.ask(LIMITS.storeAnswerTimeout, (sql) => tablesOf(sql, url.shown));
      if (tables.id !== store || tables.last < last) await startFrom(tables, over, timeout);
    }
  }

  /**
   * Finds where to continue. A standby that took over may lack the last changes, or have others under their numbers: so the
   * tokens of those changes are read again, and reading restarts before them. In another database, or a much older copy,
   * the numbers mean nothing: everything is read again.
   */
  async function startFrom(tables: PostgresTables, over: PostgresConnection, timeout: number): Promise<void> {
    if (store === null) knownFrom = tables.last;
    else {
      deliver(await over.ask(timeout, (sql) => readTokens(sql, recent.digests(), toRecord)));
      const isOther = store !== tables.id;
      const isComparable = recent.reachBackTo(isOther ? 0 : tables.last);
      if (!isComparable) isReplaced = true;
      if (isOther || !isComparable) {
        recent.clear();
        last = knownFrom = 0;
      }
      last = Math.max(0, Math.min(last, tables.last) - LIMITS.storeOverlap);
    }
    store = tables.id;
  }

  /** Reads a part of what has changed. Returns whether there may be more. */
  async function readOn(over: PostgresConnection): Promise<boolean> {
    const isLoading = state.kind === "away";
    const part = await over.ask(isLoading ? LIMITS.storeLoadTimeout : LIMITS.storeAnswerTimeout, (sql) =>
      readPart(sql, { after: last, knownFrom }, toRecord),
    );
    last = part.changes.at(-1)?.seq ?? last;
    recent.add(part.changes);
    deliver(part.records);
    return part.hasMore;
  }

  function deliver(records: readonly TokenRecord[]): void {
    if (records.length === 0 || isClosed) return;
    if (listener === null) waiting.push(records);
    else listener(records);
  }

  /** The records of all parts; each part is freed once it is read. */
  function* recordsOf(parts: (readonly TokenRecord[])[]): Generator<TokenRecord> {
    for (let part = parts.shift(); part !== undefined; part = parts.shift()) yield* part;
  }

  return {
    async open() {
      following = follow();
      await opened.promise;
      return recordsOf(waiting.splice(0));
    },
    onChange(given) {
      if (isClosed) return;
      listener = given;
      if (waiting.length > 0) given(recordsOf(waiting.splice(0)));
    },
    state: () => state,
    async noteUses(uses) {
      for (let start = 0; start < uses.length; start += LIMITS.storeUses) {
        const part = uses.slice(start, start + LIMITS.storeUses);
        if (connection === null || state.kind === "away") return;
        try {
          await connection.ask(LIMITS.storeLoadTimeout, (sql) => writeUses(sql, part));
        } catch {
          return;
        }
      }
    },
    async close() {
      isClosed = true;
      opened.resolve();
      nap.wake();
      await connection?.close();
      await following;
    },
  };
}

const REPLACED =
  "another database than before, or an older copy; restart the server, so that the tokens it lacks are refused";

function textOf(error: unknown): string {
  return error instanceof StoreError ? error.message : `fault: ${String(error)}`;
}
