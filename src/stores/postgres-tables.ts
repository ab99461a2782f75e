import { LIMITS } from "../limits.ts";
import { pendingMigrations } from "./migrations/migration.ts";
import { POSTGRES_LOCK, POSTGRES_MIGRATIONS } from "./migrations/postgres-migrations.ts";
import type { PostgresConnection } from "./postgres-connection.ts";

/** What is known of the tables of a store. */
export interface PostgresTables {
  /** Which store it is: a restored copy has the same, another database has not. */
  readonly id: string;
  /** The number of the last change that is visible. */
  readonly last: number;
}

/**
 * Moves the tables of a store forward to those that this program knows, and makes them if there are none. Programs that
 * do so at the same time wait for each other. A user without the right to change tables can use those that are current.
 * Throws a StoreError for tables of a newer token-server.
 */
export async function prepareTables(
  connection: PostgresConnection,
  shown: string,
  timeout: number,
): Promise<PostgresTables> {
  const pending = async (sql: Bun.SQL) => pendingMigrations(POSTGRES_MIGRATIONS, await versionOf(sql), shown);
  if ((await connection.ask(timeout, pending)).length > 0) {
    await connection.ask(LIMITS.storeMigrationTimeout, (sql) =>
      sql.begin(async (transaction) => {
        await transaction`SELECT pg_advisory_xact_lock(${POSTGRES_LOCK})`;
        // Asked again: another program may have done it before this one had the lock.
        for (const { number, sql: statements } of await pending(transaction)) {
          await transaction.unsafe(statements);
          await transaction`UPDATE token_store SET version = ${number}`;
        }
      }),
    );
  }
  return connection.ask(timeout, tablesOf);
}

/**
 * Whether there are tables of a store. Asks the catalogue: `to_regclass` may remember that there were none before a lock
 * was waited for (PostgreSQL 15).
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

async function tablesOf(sql: Bun.SQL): Promise<PostgresTables> {
  const [row] = await sql`
    SELECT id::text, greatest(
      (SELECT max(seq) FROM tokens), (SELECT max(seq) FROM deleted_tokens), 0
    )::float8 AS last FROM token_store`;
  return row;
}
