import { StoreError } from "../tokens/store-error.ts";
import type { StoredToken, TokenEvent } from "../tokens/stored-token.ts";
import type { TokenAdmin, TokenWrites } from "../tokens/token-admin.ts";
import type { Ask } from "./postgres-connection.ts";
import { columnsOf, STORED_COLUMNS, toStoredToken, type StoredRow } from "./stored-row.ts";

/** The queries of the commands. */
export function postgresReads(ask: Ask): Pick<TokenAdmin, "list" | "find" | "findDigest" | "events"> {
  const tokens = async (rest: string, values: readonly unknown[] = []) => {
    const rows: readonly StoredRow[] = await ask((sql) =>
      sql.unsafe(`SELECT ${SELECTED} FROM tokens ${rest}`, [...values]),
    );
    return rows.map((row) => toStoredToken({ ...row, digest: new Uint8Array(row.digest) }));
  };
  return {
    list: () => tokens("ORDER BY created, seq"),
    find: async (handle) => (await tokens("WHERE handle = $1", [handle]))[0] ?? null,
    findDigest: async (digest) => (await tokens("WHERE digest = $1", [Buffer.from(digest)]))[0] ?? null,
    async events(handle) {
      const rows: readonly TokenEvent[] = await ask(
        (sql) => sql`
          SELECT time::float8, handle, action, detail, by, host FROM token_events WHERE handle = ${handle} ORDER BY id`,
      );
      return [...rows];
    },
  };
}

/** The statements of a transaction of the commands. */
export function postgresWrites(ask: Ask, shown: string): TokenWrites {
  const { find, findDigest } = postgresReads(ask);
  const insert = `INSERT INTO tokens (${STORED_COLUMNS.join(", ")})
    VALUES (${STORED_COLUMNS.map((_, at) => `$${at + 1}`).join(", ")})`;
  return {
    find,
    findDigest,
    async taken(tokens) {
      const rows: readonly { readonly at: number; readonly what: "digest" | "handle" }[] = await ask((sql) =>
        sql.unsafe(TAKEN, [jsonRows(tokens)]),
      );
      const taken = tokens.map((): "digest" | "handle" | null => null);
      for (const { at, what } of rows) taken[at] = what;
      return taken;
    },
    async insert(token) {
      await ask((sql) => sql.unsafe(insert, columnsOf(token).map(toValue)));
    },
    async insertAll(tokens, { time, action, detail, by, host }) {
      const rows = jsonRows(tokens);
      await ask((sql) => sql.unsafe(INSERT_ALL, [rows]));
      await ask((sql) => sql.unsafe(LOG_ALL, [time, action, detail, by, host, rows]));
    },
    async update(handle, changes) {
      const columns = columnsOf(changes);
      if (columns.length === 0) return;
      const sets = columns.map(([column], at) => `${column} = $${at + 2}`).join(", ");
      const { count } = await ask((sql) =>
        sql.unsafe(`UPDATE tokens SET ${sets} WHERE handle = $1`, [handle, ...columns.map(toValue)]),
      );
      if (count === 0) throw new StoreError(`${shown}: no token with the handle ${handle}`);
    },
    async log({ time, handle, action, detail, by, host }) {
      await ask(
        (sql) => sql`
          INSERT INTO token_events (time, handle, action, detail, by, host)
          VALUES (${time}, ${handle}, ${action}, ${detail}, ${by}, ${host})`,
      );
    },
  };
}

/** Rows in one parameter, with their places: one parameter for each value would be too many. */
function jsonRows(tokens: readonly StoredToken[]): string {
  const rows = tokens.map((token, at) => ({ at, ...Object.fromEntries(columnsOf(token).map(toJson)) }));
  return JSON.stringify(rows);
}

function toJson(column: ReturnType<typeof columnsOf>[number]): [string, unknown] {
  const value = toValue(column);
  return [column[0], value instanceof Uint8Array ? value.toHex() : value];
}

function toValue([column, value]: ReturnType<typeof columnsOf>[number]): unknown {
  if (column === "disabled") return Boolean(value);
  return value instanceof Uint8Array ? Buffer.from(value) : value;
}

/** Bun reads a bigint as a string (Bun 1.4.5); every time is exact as a double. */
const TIMES: ReadonlySet<keyof StoredRow> = new Set([
  "created",
  "not_before",
  "expires",
  "revoked",
  "last_used",
]);
const SELECTED = STORED_COLUMNS.map((column) => (TIMES.has(column) ? `${column}::float8` : column)).join(
  ", ",
);

const TYPES: Readonly<Partial<Record<keyof StoredRow, string>>> = { disabled: "boolean" };
const ROW = STORED_COLUMNS.map(
  (column) => `${column} ${TYPES[column] ?? (TIMES.has(column) ? "bigint" : "text")}`,
).join(", ");
/** The rows of a parameter. Bun would quote a string for a parameter of the type json again (Bun 1.4.5). */
const rowsOf = (parameter: string) =>
  `json_to_recordset(${parameter}::text::json) AS given (at integer, ${ROW})`;
const TAKEN = `
  SELECT at, 'digest' AS what FROM ${rowsOf("$1")} JOIN tokens ON tokens.digest = decode(given.digest, 'hex')
  UNION ALL
  SELECT at, 'handle' FROM ${rowsOf("$1")} JOIN tokens
    ON tokens.handle = given.handle AND tokens.digest <> decode(given.digest, 'hex')
    WHERE NOT EXISTS (SELECT FROM tokens WHERE digest = decode(given.digest, 'hex'))`;
const INSERT_ALL = `
  INSERT INTO tokens (${STORED_COLUMNS.join(", ")})
  SELECT ${STORED_COLUMNS.map((column) => (column === "digest" ? "decode(digest, 'hex')" : column)).join(", ")}
  FROM ${rowsOf("$1")} ORDER BY at`;
const LOG_ALL = `
  INSERT INTO token_events (time, handle, action, detail, by, host)
  SELECT $1, handle, $2, $3, $4, $5 FROM ${rowsOf("$6")} ORDER BY at`;
