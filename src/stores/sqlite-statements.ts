import type { Database, SQLQueryBindings } from "bun:sqlite";
import { StoreError } from "../tokens/store-error.ts";
import type { StoredToken, TokenEvent } from "../tokens/stored-token.ts";
import type { TokenWrites } from "../tokens/token-admin.ts";
import type { Digest } from "../tokens/token.ts";
import { columnsOf, STORED_COLUMNS, toStoredToken, type StoredRow } from "./stored-row.ts";

/** The queries of the commands. Each throws SQLITE_BUSY rather than wait. */
export function sqliteReads(database: Database) {
  const tokens = `SELECT ${STORED_COLUMNS.join(", ")} FROM tokens`;
  const all = database.query<StoredRow, []>(`${tokens} ORDER BY created, seq`);
  const byHandle = database.query<StoredRow, [string]>(`${tokens} WHERE handle = ?1`);
  const byDigest = database.query<StoredRow, [Digest]>(`${tokens} WHERE digest = ?1`);
  const events = database.query<TokenEvent, [string]>(
    "SELECT time, handle, action, detail, by, host FROM token_events WHERE handle = ?1 ORDER BY id",
  );
  const found = (row: StoredRow | null) => row && toStoredToken(row);
  return {
    list: (): readonly StoredToken[] => all.all().map(toStoredToken),
    find: (handle: string) => found(byHandle.get(handle)),
    findDigest: (digest: Digest) => found(byDigest.get(digest)),
    events: (handle: string): readonly TokenEvent[] => events.all(handle),
  };
}

/** The statements of a transaction of the commands, over the connection that has begun it. */
export function sqliteWrites(database: Database, shown: string): TokenWrites {
  const { find, findDigest } = sqliteReads(database);
  const columns = STORED_COLUMNS.join(", ");
  const places = STORED_COLUMNS.map(() => "?").join(", ");
  const insert = database.query<unknown, SQLQueryBindings[]>(
    `INSERT INTO tokens (${columns}) VALUES (${places})`,
  );
  const log = database.query<unknown, [number, string, string, string, string, string]>(
    "INSERT INTO token_events (time, handle, action, detail, by, host) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const insertNow = (token: StoredToken) => insert.run(...columnsOf(token).map(([, value]) => value));
  const logNow = ({ time, handle, action, detail, by, host }: TokenEvent) =>
    log.run(time, handle, action, detail, by, host);
  const takenBy = ({ handle, digest }: StoredToken) => {
    if (findDigest(digest) !== null) return "digest";
    return find(handle) === null ? null : "handle";
  };
  return {
    find: async (handle) => find(handle),
    findDigest: async (digest) => findDigest(digest),
    taken: async (tokens) => tokens.map(takenBy),
    async insert(token) {
      insertNow(token);
    },
    async insertAll(tokens, event) {
      for (const token of tokens) {
        insertNow(token);
        logNow({ ...event, handle: token.handle });
      }
    },
    async update(handle, changes) {
      const columns = columnsOf(changes);
      if (columns.length === 0) return;
      const sets = columns.map(([column]) => `${column} = ?`).join(", ");
      const values = columns.map(([, value]) => value);
      const { changes: rows } = database
        .query<unknown, SQLQueryBindings[]>(`UPDATE tokens SET ${sets} WHERE handle = ?`)
        .run(...values, handle);
      if (rows === 0) throw new StoreError(`${shown}: no token with the handle ${handle}`);
    },
    async log(event) {
      logNow(event);
    },
  };
}
