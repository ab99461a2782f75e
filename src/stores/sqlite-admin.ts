import { statSync } from "node:fs";
import type { Database } from "bun:sqlite";
import { LIMITS } from "../limits.ts";
import type { TokenAdmin, TokenWrites } from "../tokens/token-admin.ts";
import { openDatabase } from "./sqlite-database.ts";
import { sqliteError } from "./sqlite-error.ts";
import { sqliteReads, sqliteWrites } from "./sqlite-statements.ts";
import type { SqliteUrl } from "./store-url.ts";
import { whileLocked } from "./while-locked.ts";

/** Options for `sqliteAdmin`. */
export interface SqliteAdminOptions {
  readonly url: SqliteUrl;
  /** Whether to create the file if it is not there. */
  readonly create: boolean;
}

/**
 * Opens the tokens of a SQLite file for the commands; null if there is none and `create` is false. Waits while another
 * program keeps it locked. Throws a StoreError.
 */
export async function sqliteAdmin({ url, create }: SqliteAdminOptions): Promise<TokenAdmin | null> {
  const opened = () => openDatabase({ ...url, create, synchronous: "FULL" });
  return guarded(async () => {
    // existsSync would return false for a folder without permission, as if there were no tokens.
    if (!create && !statSync(url.path, { throwIfNoEntry: false })) return null;
    const writer = await whileLocked(opened);
    writer.run(`PRAGMA cache_size = -${LIMITS.storeCache / 1024}`);
    // A separate connection sees only what is committed.
    const reader = await whileLocked(opened);
    return adminOf(reader, writer);
  });

  async function guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw sqliteError(error, url.shown);
    }
  }

  function adminOf(reader: Database, writer: Database): TokenAdmin {
    const read = sqliteReads(reader);
    const writes = sqliteWrites(writer, url.shown);
    // The next transaction waits for it.
    let last: Promise<unknown> = Promise.resolve();
    const run = async <T>(work: (writes: TokenWrites) => Promise<T>): Promise<T> => {
      await whileLocked(() => writer.run("BEGIN IMMEDIATE"));
      try {
        const result = await work(writes);
        writer.run("COMMIT");
        return result;
      } catch (error) {
        // SQLite has ended it already after some errors, such as a full disk.
        if (writer.inTransaction) writer.run("ROLLBACK");
        throw error;
      }
    };
    return {
      list: () => guarded(() => whileLocked(read.list)),
      find: (handle) => guarded(() => whileLocked(() => read.find(handle))),
      findDigest: (digest) => guarded(() => whileLocked(() => read.findDigest(digest))),
      events: (handle) => guarded(() => whileLocked(() => read.events(handle))),
      transaction(work) {
        const result = last.then(() => guarded(() => run(work)));
        last = result.catch(() => {});
        return result;
      },
      async close() {
        await last;
        reader.close();
        writer.close();
      },
    };
  }
}
