import { SQLiteError } from "bun:sqlite";
import { StoreError } from "../tokens/store-error.ts";

/** Whether another connection keeps the file locked, so that a retry may succeed. */
export function isBusy(error: unknown): boolean {
  return error instanceof SQLiteError && error.code?.startsWith("SQLITE_BUSY") === true;
}

/** A StoreError that explains an error of SQLite or of the file system. Other errors stay as they are. */
export function sqliteError(error: unknown, shown: string): unknown {
  if (error instanceof StoreError) return error;
  const code = codeOf(error);
  if (code === null) return error;
  const { message } = error as Error;
  // The triggers of our tables raise messages for people.
  const text =
    code === "SQLITE_CONSTRAINT_TRIGGER" ? message : TEXTS.find(([start]) => code.startsWith(start))?.[1];
  return new StoreError(`${shown}: ${text ?? `can't be used (${code}: ${message})`}`);
}

function codeOf(error: unknown): string | null {
  if (error instanceof SQLiteError) return error.code ?? `SQLITE_${error.errno}`;
  const code = error instanceof Error && (error as NodeJS.ErrnoException).code;
  return typeof code === "string" && /^E[A-Z]+$/.test(code) ? code : null;
}

const NO_PERMISSION =
  "permission denied; the user who runs this must own the file and be allowed to write to its folder";
const NO_SPACE = "no space left on the disk";

/** By the start of a code. */
const TEXTS: readonly (readonly [string, string])[] = [
  ["ENOENT", "no such folder; create it or name another"],
  ["ENOTDIR", "no such folder; create it or name another"],
  ["EACCES", NO_PERMISSION],
  ["EPERM", NO_PERMISSION],
  ["ELOOP", "symbolic links that lead to each other; name the file itself"],
  ["EROFS", "the file system is read-only"],
  ["ENOSPC", NO_SPACE],
  ["SQLITE_BUSY", "another program keeps it locked; end that program, or try again"],
  [
    "SQLITE_CANTOPEN",
    "can't be opened; the user who runs this must own the file and be allowed to write to its folder",
  ],
  ["SQLITE_PERM", NO_PERMISSION],
  ["SQLITE_READONLY", NO_PERMISSION],
  ["SQLITE_FULL", NO_SPACE],
  ["SQLITE_NOTADB", "not a SQLite database; name another file"],
  ["SQLITE_CORRUPT", "the file is damaged; restore a backup"],
  ["SQLITE_CONSTRAINT_UNIQUE", "a token with this handle or digest is already there"],
  ["SQLITE_CONSTRAINT_PRIMARYKEY", "a token with this handle or digest is already there"],
];
