import { StoreError } from "../tokens/store-error.ts";
import { postgresError } from "./postgres-error.ts";
import type { PostgresUrl } from "./store-url.ts";

/** Runs queries. Rejects with a StoreError, or with what the queries themselves throw. */
export type Ask = <T>(queries: (sql: Bun.SQL) => Promise<T>) => Promise<T>;

/** Connections to a PostgreSQL server, which end together with the first that fails. */
export interface PostgresConnection {
  /**
   * Runs queries that may take this many milliseconds together. If they take longer, the connections end, because a
   * server that is frozen never answers.
   */
  ask<T>(timeout: number, queries: (sql: Bun.SQL) => Promise<T>): Promise<T>;
  /** Runs queries in one transaction. Each query, and the commit, may take this many milliseconds. */
  transaction<T>(timeout: number, work: (ask: Ask) => Promise<T>): Promise<T>;
  /** Why the connections have ended; null while they have not. */
  failure(): StoreError | null;
  /** Whether they have ended because the server did not answer. */
  isSilent(): boolean;
  /** Ends the connections, and every query that runs. A second call does nothing. */
  close(): Promise<void>;
}

/** Options for `postgresConnection`. */
export interface PostgresConnectionOptions {
  readonly url: PostgresUrl;
  /** Connections that queries may use at the same time; each is opened by the first query that needs it. */
  readonly max: number;
  /** Called when the connections have ended, unless `close` ended them. */
  readonly onEnd?: () => void;
}

/**
 * Makes connections that the first query opens. Bun's own timeouts don't end a query of a frozen server, and a connection
 * that it opens anew by itself would hide that changes were missed (Bun 1.4.5). Throws a StoreError for a URL that Bun
 * refuses.
 */
export function postgresConnection({ url, max, onEnd }: PostgresConnectionOptions): PostgresConnection {
  const { shown } = url;
  let failure: StoreError | null = null;
  let isClosed = false;
  let isSilent = false;
  const client = clientOf(url, max, (error) => fail(postgresError(error, shown)));

  function fail(error: unknown): void {
    if (isClosed || failure !== null) return;
    failure = error instanceof StoreError ? error : new StoreError(`${shown}: ${String(error)}`);
    void close();
    onEnd?.();
  }

  async function close(): Promise<void> {
    if (isClosed) return;
    isClosed = true;
    await client.close({ timeout: 0 }).catch(() => {});
  }

  /** Resolves as `answer` does; fails the connections if that takes too long. */
  async function within<T>(timeout: number, answer: Promise<T>): Promise<T> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const error = new StoreError(`${shown}: no answer for ${timeout / 1000} s`);
      isSilent = true;
      reject(error);
      fail(error);
    }, timeout);
    try {
      return await Promise.race([answer, late]);
    } catch (error) {
      // The failure is why the query could not end.
      throw failure ?? postgresError(error, shown);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    ask: (timeout, queries) => within(timeout, queries(client)),
    async transaction(timeout, work) {
      const begun = Promise.withResolvers<void>();
      const done = Promise.withResolvers<void>();
      let isDone = false;
      let thrown: { readonly error: unknown } | null = null;
      const result = client.begin(async (sql) => {
        begun.resolve();
        const value = await work((queries) => within(timeout, queries(sql))).catch((error: unknown) => {
          thrown = { error };
          throw error;
        });
        isDone = true;
        done.resolve();
        // Not the value itself: of an array Bun awaits each element (Bun 1.4.5).
        return { value };
      });
      try {
        await within(timeout, Promise.race([begun.promise, result]));
        await Promise.race([done.promise, result]);
        return (await within(timeout, result)).value;
      } catch (error) {
        if (isDone && failure !== null) {
          throw new StoreError(`${failure.message}; check whether the change was made before you repeat it`);
        }
        throw failure ?? (thrown === null ? postgresError(error, shown) : error);
      }
    },
    failure: () => failure,
    isSilent: () => isSilent,
    close,
  };
}

function clientOf({ url, shown }: PostgresUrl, max: number, onclose: (error: unknown) => void): Bun.SQL {
  try {
    const { pathname, searchParams } = new URL(url);
    return new Bun.SQL(url, {
      max,
      onclose,
      // Or PGDATABASE in the environment would override the database of the URL (Bun 1.4.5).
      database: decodeURIComponent(pathname.slice(1)),
      // The default of libpq; Bun's is no TLS. It would override PGSSLMODE (Bun 1.4.5).
      ...(!searchParams.has("sslmode") && !process.env["PGSSLMODE"] && { tls: "prefer" }),
      // A pooler may give each query another connection, which lacks the prepared statements.
      prepare: false,
      connection: { application_name: "token-server" },
    });
  } catch (error) {
    const known = postgresError(error, shown);
    throw known instanceof StoreError ? known : new StoreError(`${shown}: the URL can't be used; correct it`);
  }
}
