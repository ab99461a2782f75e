import { Database } from "bun:sqlite";
import { beforeEach, expect, test } from "bun:test";
import { existsSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { StoreError } from "../../src/tokens/store-error.ts";
import { sqliteAdmin } from "../../src/stores/sqlite-admin.ts";
import { asNobody } from "../support/as-nobody.ts";
import { created } from "../support/created-admin.ts";
import { sqliteFile } from "../support/sqlite-file.ts";
import { storedToken } from "../support/stored-tokens.ts";
import { tokenAdminContract } from "./token-admin-contract.ts";

let url = sqliteFile();
const open = async () => created(await sqliteAdmin({ url, create: true }));
tokenAdminContract("sqliteAdmin()", { reset: () => (url = sqliteFile()), open });

beforeEach(() => {
  url = sqliteFile();
});

/** Runs statements as another program does, and returns what the last of them answers. */
function run(sql: string): unknown[] {
  const database = new Database(url.path, { readwrite: true, create: true });
  try {
    const statements = sql.split(/; */);
    return statements.map((statement) => database.query(statement).values()).at(-1) ?? [];
  } finally {
    database.close();
  }
}

/** The message of the StoreError that a promise is rejected with. */
async function problemOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => null,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(StoreError);
  return (error as StoreError).message;
}

test("sqliteAdmin() creates a file only if `create` is true, readable by its owner alone", async () => {
  expect(await sqliteAdmin({ url, create: false })).toBeNull();
  expect(existsSync(url.path)).toBe(false);
  await (await open()).close();
  expect(statSync(url.path).mode & 0o777).toBe(0o600);
  const again = await sqliteAdmin({ url, create: false });
  expect(await again?.list()).toEqual([]);
  await again?.close();
});

test("sqliteAdmin() leaves one whole file when it is closed", async () => {
  const admin = await open();
  await admin.transaction((writes) => writes.insert(storedToken("token1")));
  await admin.find("abcdefgh");
  await admin.list();
  await admin.close();
  expect([existsSync(`${url.path}-wal`), existsSync(`${url.path}-shm`)]).toEqual([false, false]);
});

test("sqliteAdmin() creates the tables once if several programs open a new file at the same time", async () => {
  const module = join(import.meta.dir, "../../src/stores/sqlite-admin.ts");
  const program = `
    import { sqliteAdmin } from "${module}";
    const admin = await sqliteAdmin({ url: ${JSON.stringify(url)}, create: true });
    await admin.transaction((writes) => writes.log({
      time: 1, handle: "abcdefgh", action: "created", detail: "", by: "root", host: "host1",
    }));
    await admin.close();`;
  const programs = Array.from({ length: 6 }, () => Bun.spawn([process.execPath, "-e", program]).exited);
  expect(await Promise.all(programs)).toEqual([0, 0, 0, 0, 0, 0]);
  const admin = await open();
  expect(await admin.events("abcdefgh")).toHaveLength(6);
  await admin.close();
});

test("sqliteAdmin() turns on the WAL mode", async () => {
  await (await open()).close();
  expect(run("PRAGMA journal_mode")).toEqual([["wal"]]);
});

test("sqliteAdmin() continues when another program has finished its write", async () => {
  const admin = await open();
  const database = new Database(url.path, { readwrite: true });
  database.run("BEGIN IMMEDIATE");
  const inserted = admin.transaction((writes) => writes.insert(storedToken("token1")));
  // It meets the lock at least once.
  await new Promise(setImmediate);
  expect(await admin.list()).toEqual([]);
  database.run("COMMIT");
  await inserted;
  expect(await admin.list()).toHaveLength(1);
  database.close();
  await admin.close();
});

test("sqliteAdmin() refuses tables of a newer token-server, and leaves them as they are", async () => {
  await (await open()).close();
  run("PRAGMA user_version = 1000");
  expect(await problemOf(open())).toMatch(
    /^sqlite:tokens\.db: its tables have version 1000, but this token-server knows only \d+; use a newer token-server$/,
  );
  expect(run("PRAGMA user_version")).toEqual([[1000]]);
});

test.each([
  ["by its mark", "PRAGMA application_id = 7; CREATE TABLE tokens (a)"],
  ["by its version", "PRAGMA user_version = 1"],
])("sqliteAdmin() refuses the database of another program %s", async (_, sql) => {
  run(sql);
  expect(await problemOf(open())).toBe(
    "sqlite:tokens.db: the database of another program; name another file",
  );
  expect(run("SELECT count(*) FROM sqlite_master WHERE name = 'token_events'")).toEqual([[0]]);
});

test("sqliteAdmin() refuses the database of another program", async () => {
  run("CREATE TABLE tokens (a)");
  expect(await problemOf(open())).toContain("table tokens already exists");
  expect(run("SELECT count(*) FROM sqlite_master; PRAGMA user_version")).toEqual([[0]]);
});

test("sqliteAdmin() says what is wrong with a file that is not a SQLite database", async () => {
  writeFileSync(url.path, "no database at all, ".repeat(500));
  expect(await problemOf(open())).toBe("sqlite:tokens.db: not a SQLite database; name another file");
});

test("sqliteAdmin() says what is wrong with a file of another user", async () => {
  await (await open()).close();
  const opened = asNobody(dirname(url.path), open);
  expect(await problemOf(opened)).toMatch(/^sqlite:tokens\.db: .*must own the file/);
});

test("sqliteAdmin() does not take a file that it can't look for as one that is not there", async () => {
  symlinkSync("tokens.db", url.path);
  expect(await problemOf(sqliteAdmin({ url, create: false }))).toBe(
    "sqlite:tokens.db: symbolic links that lead to each other; name the file itself",
  );
});

test("sqliteAdmin() says what is wrong with a folder in its place", async () => {
  url = { ...url, path: dirname(url.path) };
  expect(await problemOf(open())).toBe("sqlite:tokens.db: a folder; name a file");
});

test("rows of other programs get the defaults of the table", async () => {
  const admin = await open();
  const before = Date.now();
  run(`INSERT INTO tokens (handle, digest, username) VALUES ('abcdefgh', zeroblob(32), 'anna')`);
  const found = await admin.find("abcdefgh");
  expect(found).toEqual(
    storedToken("", { handle: "abcdefgh", digest: new Uint8Array(32), created: expect.any(Number) }),
  );
  expect(found?.created).toBeWithin(before - 1, Date.now() + 1);
  await admin.close();
});

test.each([
  ["a handle of another length", "'abcdefg', zeroblob(32), 'anna', '', ''"],
  ["a handle of other characters", "'abcdef-h', zeroblob(32), 'anna', '', ''"],
  ["a digest of another length", "'abcdefgh', zeroblob(31), 'anna', '', ''"],
  ["a digest in hexadecimal", `'abcdefgh', '${"0".repeat(64)}', 'anna', '', ''`],
  ["no user", "'abcdefgh', zeroblob(32), '', '', ''"],
  ["a user of several words", "'abcdefgh', zeroblob(32), 'anna b', '', ''"],
  ["a line feed in a user", "'abcdefgh', zeroblob(32), 'anna' || char(10), '', ''"],
  ["a line feed in scopes", "'abcdefgh', zeroblob(32), 'anna', 'a' || char(10), ''"],
  ["a network that is none", "'abcdefgh', zeroblob(32), 'anna', '', 'example.org'"],
])("the table refuses %s", async (_, values) => {
  const admin = await open();
  const write = () =>
    run(`INSERT INTO tokens (handle, digest, username, scopes, networks) VALUES (${values})`);
  expect(write).toThrow(/CHECK constraint failed|cannot store TEXT value in BLOB column/);
  expect(await admin.list()).toEqual([]);
  await admin.close();
});

test.each([
  [
    "another digest for a handle",
    "INSERT OR REPLACE INTO tokens (handle, digest, username) VALUES ('abcdefgh', zeroblob(32), 'anna')",
    "already there",
  ],
  ["another digest in a row", "UPDATE tokens SET digest = zeroblob(32)", "keeps its digest"],
  ["the end of a revocation", "UPDATE tokens SET revoked = NULL", "stays revoked"],
])("the table refuses %s", async (_, sql, text) => {
  const admin = await open();
  const token = storedToken("token1", { handle: "abcdefgh", revoked: 1_000 });
  await admin.transaction((writes) => writes.insert(token));
  expect(() => run(sql)).toThrow(text);
  expect(await admin.list()).toEqual([token]);
  await admin.close();
});
