import { constants, closeSync, fsyncSync, openSync, readSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { Database } from "bun:sqlite";
import { SQLITE_MIGRATIONS } from "./migrations/sqlite-migrations.ts";
import { pendingMigrations } from "./migrations/migration.ts";
import { LIMITS } from "../limits.ts";
import { StoreError } from "../tokens/store-error.ts";

/** Options for `openDatabase`. */
export interface DatabaseOptions {
  readonly path: string;
  /** Its URL for messages. */
  readonly shown: string;
  /** Whether to create the file if it is not there. */
  readonly create: boolean;
  /**
   * What survives a loss of power once a commit returns: `FULL` everything; `NORMAL` perhaps not the last commits, for
   * what may be lost.
   */
  readonly synchronous: "FULL" | "NORMAL";
}

/**
 * Opens the database of a SQLite store, and migrates its tables to the current version. Never waits for a lock: throws
 * SQLITE_BUSY instead. Throws a StoreError for tables of a newer token-server.
 *
 * A new file has mode 0600, and SQLite gives its `-wal` and `-shm` the same. In WAL mode readers and the one writer don't
 * wait for each other. Statements come from `query`: after `close` one of `prepare` keeps the file open, and the last
 * writes stay in `-wal` (Bun 1.4.5).
 */
export function openDatabase({ path, shown, create, synchronous }: DatabaseOptions): Database {
  if (create) createFile(path);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
    throw new StoreError(`${shown}: a folder; name a file`);
  }
  const database = new Database(path, { readwrite: true, create: false, strict: true });
  try {
    database.run(`PRAGMA synchronous = ${synchronous}`);
    database.run("PRAGMA trusted_schema = OFF");
    migrate(database, shown);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** SQLite would take the mode from the umask. */
function createFile(path: string): void {
  try {
    closeSync(openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return;
    throw error;
  }
  // So that the file's name survives a loss of power, as its content does.
  const folder = openSync(dirname(path), constants.O_RDONLY);
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function migrate(database: Database, shown: string): void {
  const pending = () => pendingMigrations(SQLITE_MIGRATIONS, versionOf(database, shown), shown);
  const steps = pending();
  database.run("PRAGMA journal_mode = WAL");
  database.run(`PRAGMA journal_size_limit = ${LIMITS.storeLog}`);
  if (steps.length === 0) return;
  database
    .transaction(() => {
      // Again: another process may have done it before this one got the lock.
      for (const { number, sql } of pending()) {
        database.run(sql);
        database.run(`PRAGMA user_version = ${number}`);
        database.run(`PRAGMA application_id = ${APPLICATION}`);
      }
    })
    .immediate();
}

function versionOf(database: Database, shown: string): number {
  const valueOf = (pragma: string) => Number(database.query(`PRAGMA ${pragma}`).values()[0]?.[0]);
  const [version, application] = [valueOf("user_version"), valueOf("application_id")];
  if ((version !== 0 && application === 0) || ![0, APPLICATION].includes(application)) {
    throw new StoreError(`${shown}: the database of another program; name another file`);
  }
  return version;
}

/** Whether a file begins as a SQLite database in WAL mode does, which `openDatabase` has made of it. */
export function isWalDatabase(path: string): boolean {
  const header = Buffer.alloc(MAGIC.length + 4);
  const file = openSync(path, constants.O_RDONLY);
  try {
    readSync(file, header, 0, header.length, 0);
  } finally {
    closeSync(file);
  }
  // Bytes 18 and 19 are 2 for WAL (https://sqlite.org/fileformat.html 1.3.3).
  return header.toString("latin1", 0, MAGIC.length) === MAGIC && header[18] === 2 && header[19] === 2;
}

const MAGIC = "SQLite format 3\0";
/** "TSRV", by which a file of ours is known. */
const APPLICATION = 0x54535256;
