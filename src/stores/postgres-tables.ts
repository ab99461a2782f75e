import { LIMITS } from "../limits.ts";
import { StoreError } from "../tokens/store-error.ts";
import { pendingMigrations } from "./migrations/migration.ts";
import { POSTGRES_LOCK, POSTGRES_MIGRATIONS } from "./migrations/postgres-migrations.ts";
import type { PostgresConnection } from "./postgres-connection.ts";

/** The identity and progress of the tables of a store. */
export interface PostgresTables {
  /** Identifies the store: a restored copy has the same id, another database has not. */
  readonly id: string;
  /** The number of the last change that is visible. */
  readonly last: number;
}

/** Options for `prepareTables`. */
export interface PrepareTablesOptions {
  /** The URL of the store for messages. */
  readonly shown: string;
  /** Whether to create the tables if there are none. */
  readonly create: boolean;
  /** How long a query may take, in milliseconds. */
  readonly timeout: number;
}

/**
 * Migrates the tables of a store to the current version. Programs that do so at the same time wait for each other. A role
 * without the right to change tables can use current ones. Throws a StoreError for tables of a newer token-server, and for
 * none that may not be created.
 */
export async function prepareTables(
  connection: PostgresConnection,
  { shown, create, timeout }: PrepareTablesOptions,
): Promise<PostgresTables> {
  const pending = async (sql: Bun.SQL) => {
    const version = await versionOf(sql);
    if (version === 0 && !create) throw vanished(shown);
    return pendingMigrations(POSTGRES_MIGRATIONS, version, shown);
  };
  if ((await connection.ask(timeout, pending)).length > 0) {
    await connection.ask(LIMITS.storeMigrationTimeout, (sql) =>
      sql.begin(async (transaction) => {
        await transaction`SELECT pg_advisory_xact_lock(${POSTGRES_LOCK})`;
        // Again: another program may have done it before this one got the lock.
        for (const { number, sql: statements } of await pending(transaction)) {
          await transaction.unsafe(statements);
          await transaction`UPDATE token_store SET version = ${number}`;
        }
      }),
    );
  }
  return connection.ask(timeout, (sql) => tablesOf(sql, shown));
}

/**
 * Whether there are tables of a store. Reads the catalogue, because `to_regclass` may return what was true before the wait
 * for a lock (PostgreSQL 15).
 */
export async function hasTables(sql: Bun.SQL): Promise<boolean> {
  const tables = await sql`
    SELECT FROM pg_tables WHERE tablename = 'token_store' AND schemaname = ANY (current_schemas(false))`;
  return tables.length > 0;
}

async function versionOf(sql: Bun.SQL): Promise<number> {
  if (!(await hasTables(sql))) return 0;
  const [row] = await sql`SELECT version FROM token_store`;
  return row?.version ?? 0;
}

/** Reads which store it is, and how far its changes go. Throws a StoreError if it is none. */
export async function tablesOf(sql: Bun.SQL, shown: string): Promise<PostgresTables> {
  const [row] = await sql`
    SELECT id::text, greatest(
      (SELECT max(seq) FROM tokens), (SELECT max(seq) FROM deleted_tokens), 0
    )::float8 AS last FROM token_store`;
  if (row === undefined) throw vanished(shown);
  return row;
}

function vanished(shown: string): StoreError {
  return new StoreError(
    `${shown}: its tables have vanished; put them back, because empty ones in their place would refuse every token`,
  );
}
