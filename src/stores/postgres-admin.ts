import { LIMITS } from "../limits.ts";
import type { TokenAdmin, TokenWrites } from "../tokens/token-admin.ts";
import { POSTGRES_LOCK } from "./migrations/postgres-migrations.ts";
import { postgresConnection, type Ask } from "./postgres-connection.ts";
import { postgresReads, postgresWrites } from "./postgres-statements.ts";
import { hasTables, prepareTables } from "./postgres-tables.ts";
import type { PostgresUrl } from "./store-url.ts";

/** Options for `postgresAdmin`. */
export interface PostgresAdminOptions {
  readonly url: PostgresUrl;
  /** Whether to make the tables if there are none. */
  readonly create: boolean;
  /** How long a query may take, in milliseconds; half of that to wait for the lock of another program. */
  readonly timeout?: number;
}

/**
 * Opens the tokens of a PostgreSQL database for the commands; null if it has no tables and `create` is false. Throws a
 * StoreError, also if the server does not answer or another program keeps its lock.
 */
export async function postgresAdmin({
  url,
  create,
  timeout = LIMITS.storeQueryTimeout,
}: PostgresAdminOptions): Promise<TokenAdmin | null> {
  // One for transactions, and one that sees only what is committed.
  const connection = postgresConnection({ url, max: 2 });
  const ask: Ask = (queries) => connection.ask(timeout, queries);
  try {
    if (!create && !(await ask(hasTables))) {
      await connection.close();
      return null;
    }
    await prepareTables(connection, { shown: url.shown, create, timeout });
  } catch (error) {
    await connection.close();
    throw error;
  }

  // The next transaction waits for it.
  let last: Promise<unknown> = Promise.resolve();
  const run = <T>(work: (writes: TokenWrites) => Promise<T>) =>
    connection.transaction(timeout, async (query) => {
      await query((sql) => sql.unsafe(`SET LOCAL lock_timeout = ${timeout / 2}`));
      await query((sql) => sql`SELECT pg_advisory_xact_lock(${POSTGRES_LOCK})`);
      return work(postgresWrites(query, url.shown));
    });
  return {
    ...postgresReads(ask),
    transaction(work) {
      const result = last.then(() => run(work));
      last = result.catch(() => {});
      return result;
    },
    async close() {
      await last;
      await connection.close();
    },
  };
}
