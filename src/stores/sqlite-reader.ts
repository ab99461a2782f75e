import { rmSync, statSync, type Stats } from "node:fs";
import { LIMITS } from "../limits.ts";
import type { TokenRecord } from "../tokens/token-record.ts";
import { StoreError } from "../tokens/store-error.ts";
import type { TokenUse } from "../tokens/token-store.ts";
import { DIGEST_SIZE, type Digest } from "../tokens/token.ts";
import { deletedRecord, type RecordReader, type RecordRow } from "./record-reader.ts";
import { isWalDatabase, openDatabase } from "./sqlite-database.ts";

/** Reads the file of a SQLite store, and remembers how far it has read. */
export interface SqliteReader {
  /**
   * Whether the file with the name of the store is still the one that is read. Throws a StoreError if there is none, or if
   * another program has written over it: SQLite would go on with the pages in its memory, and notice nothing.
   */
  isCurrent(): boolean;
  /**
   * Removes the log of a file that was replaced: SQLite finds a log by its name, and would apply it to the new file, which
   * would then have pages of both.
   */
  removeLog(): void;
  /** Whether another connection has written since this was last asked, or there was more to read than one part. */
  hasChanged(): boolean;
  /**
   * Whether an older copy was written into the file while it was open, as `.restore` of sqlite3 does. All of it is read
   * again then, but the tokens that it lacks are not known.
   */
  hasGoneBack(): boolean;
  /** The next part of the records that are new or have changed; without an end, all of them. */
  next(): Generator<TokenRecord>;
  /** Whether the last part was not the end. */
  hasMore(): boolean;
  /** The digests of up to `LIMITS.storePart` tokens after a row, and the row of each. */
  digestsAfter(seq: number): readonly (readonly [seq: number, digest: Digest])[];
  has(digest: Digest): boolean;
  /** Writes last uses in one transaction. Throws SQLITE_BUSY while another connection writes. */
  noteUses(uses: readonly TokenUse[]): void;
  close(): void;
}

/** Opens the file of a SQLite store for a server, which reads it from the start. Throws what `openDatabase` throws. */
export function sqliteReader(
  options: { readonly path: string; readonly shown: string; readonly create: boolean },
  toRecord: RecordReader,
): SqliteReader {
  const { path, shown } = options;
  const before = options.create ? statOf(path) : existing(path, shown);
  // A last use may be lost with the power: without FULL, writing it does not wait for the disk.
  const database = openDatabase({ ...options, synchronous: "NORMAL" });
  const file = existing(path, shown);
  if (before && !isSame(before, file)) throw new StoreError(`${shown}: replaced while it was opened`);
  const version = database.query<[number], []>("PRAGMA data_version");
  const changed = database.query<RecordRow & { seq: number }, [number, number]>(
    `SELECT seq, digest, handle, username, scopes, networks, not_before, expires, disabled, revoked
     FROM tokens WHERE seq > ?1 ORDER BY seq LIMIT ?2`,
  );
  const deleted = database.query<{ seq: number; digest: Digest }, [number]>(
    "SELECT seq, digest FROM deleted_tokens WHERE seq > ?1 ORDER BY seq",
  );
  const digests = database.query<unknown, [number, number]>(
    "SELECT seq, digest FROM tokens WHERE seq > ?1 ORDER BY seq LIMIT ?2",
  );
  const known = database.query<unknown, [Digest]>("SELECT 1 FROM tokens WHERE digest = ?1");
  const sequence = database.query("SELECT seq FROM sqlite_sequence WHERE name = 'tokens'");
  const lastNumber = () => Number(sequence.values()[0]?.[0] ?? 0);
  const use = database.query<unknown, [number, string | null, Digest]>(
    "UPDATE tokens SET last_used = ?1, last_used_from = ?2 WHERE digest = ?3 AND ifnull(last_used, 0) < ?1",
  );
  const write = database.transaction((uses: readonly TokenUse[]) => {
    for (const { time, address, digest } of uses) use.run(time, address, digest);
  });
  // Now: the first query has created them.
  const logs = ["-wal", "-shm"].map((end) => [path + end, statOf(path + end)] as const);
  /** The file as it was when it was last found to be a database. */
  let checked = file;
  let seen = 0;
  let read = 0;
  // Tokens deleted before this were never read.
  let readDeleted = lastNumber();
  let isBehind = true;
  let isOlder = false;

  return {
    isCurrent() {
      const found = existing(path, shown);
      if (!isSame(found, file)) return false;
      // SQLite itself writes to it when it empties its log.
      if (found.mtimeMs !== checked.mtimeMs || found.size !== checked.size) {
        if (!isWalDatabase(path)) throw new StoreError(`${shown}: ${OVERWRITTEN}`);
        checked = found;
      }
      return true;
    },
    removeLog() {
      for (const [name, log] of logs) if (isSame(statOf(name), log)) rmSync(name, { force: true });
    },
    hasChanged() {
      const now = Number(version.values()[0]?.[0]);
      if (now !== seen) {
        seen = now;
        isBehind = true;
        if (lastNumber() < Math.max(read, readDeleted)) {
          isOlder = true;
          read = readDeleted = 0;
        }
      }
      return isBehind;
    },
    hasGoneBack: () => isOlder,
    *next() {
      const rows = changed.all(read, LIMITS.storePart);
      for (const row of rows) {
        // Another length can't be a digest.
        if (row.digest.length === DIGEST_SIZE) yield toRecord(row);
        read = row.seq;
      }
      // After the rows: a deleted token must not come back from an older row.
      for (const { seq, digest } of deleted.all(readDeleted)) {
        if (digest.length === DIGEST_SIZE) yield deletedRecord(digest);
        readDeleted = seq;
      }
      // Only now, so that what failed is read again.
      isBehind = rows.length === LIMITS.storePart;
    },
    hasMore: () => isBehind,
    digestsAfter: (seq) => digests.values(seq, LIMITS.storePart) as [number, Digest][],
    has: (digest) => known.values(digest).length > 0,
    noteUses: (uses) => write.immediate(uses),
    close: () => database.close(),
  };
}

const OVERWRITTEN =
  "overwritten or damaged while it was in use; stop the server and the commands, and put a copy back";

function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

function existing(path: string, shown: string): Stats {
  const stats = statOf(path);
  if (stats) return stats;
  throw new StoreError(
    `${shown}: no such file; put it back, because an empty one in its place would refuse every token`,
  );
}

function isSame(a: Stats | undefined, b: Stats | undefined): boolean {
  return a !== undefined && a.ino === b?.ino && a.dev === b.dev;
}
