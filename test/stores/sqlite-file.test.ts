import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { sqliteAdmin } from "../../src/stores/sqlite-admin.ts";
import { sqliteStore } from "../../src/stores/sqlite-store.ts";
import { StoreError } from "../../src/tokens/store-error.ts";
import type { StoredToken } from "../../src/tokens/stored-token.ts";
import type { TokenRecord } from "../../src/tokens/token-record.ts";
import type { TokenStore } from "../../src/tokens/token-store.ts";
import { sqliteFile } from "../support/sqlite-file.ts";
import { storedToken } from "../support/stored-tokens.ts";
import { until } from "../support/until.ts";

let url = sqliteFile();
let stores: TokenStore[] = [];
let seen: TokenRecord[] = [];

beforeEach(() => {
  url = sqliteFile();
  seen = [];
});
afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
});

/** Opens the store as a server does, and adds to `seen` what it reports. */
async function follow(create = true): Promise<TokenStore> {
  const store = sqliteStore({ url, create, elapsed: () => performance.now() });
  stores.push(store);
  seen.push(...(await store.open()));
  store.onChange((changed) => seen.push(...changed));
  return store;
}

/** Writes these tokens as a command does. */
async function insert(tokens: readonly StoredToken[], into = url): Promise<void> {
  const admin = await sqliteAdmin({ url: into, create: true });
  await admin?.transaction(async (writes) => {
    for (const token of tokens) await writes.insert(token);
  });
  await admin?.close();
}

/** Runs statements as another program does. */
function run(sql: string): void {
  const database = new Database(url.path, { readwrite: true, create: false });
  try {
    database.run("PRAGMA busy_timeout = 2000");
    database.run(sql);
  } finally {
    database.close();
  }
}

/** How a token was last reported: its handle, or why it is refused. */
function verdict({ digest }: StoredToken): string | null | undefined {
  const record = seen.findLast((each) => each.digest.toHex() === digest.toHex());
  if (record?.rules?.revoked) return "revoked";
  return record?.rules?.disabled ? "disabled" : record?.handle;
}

describe("sqliteStore()", () => {
  test("refresh() reports a change before it returns", async () => {
    const store = await follow();
    const [first, second] = [storedToken("token1"), storedToken("token2")];
    await insert([first, second]);
    store.refresh?.();
    expect([verdict(first), verdict(second)]).toEqual([first.handle, second.handle]);
    run(`UPDATE tokens SET revoked = 1 WHERE handle = '${first.handle}'`);
    store.refresh?.();
    expect([verdict(first), verdict(second)]).toEqual(["revoked", second.handle]);
  });

  test("refresh() reports a part of many changes, and the rest follows in the next turns", async () => {
    const store = await follow();
    const tokens = Array.from({ length: 25_000 }, (_, at) => storedToken(`token${at}`));
    await insert(tokens);
    store.refresh?.();
    expect(seen.length).toBeLessThan(tokens.length);
    for (let turn = 0; turn < 4; turn += 1) await new Promise(setImmediate);
    expect(seen.map(({ handle }) => handle)).toEqual(tokens.map(({ handle }) => handle));
  });

  test("makes its files readable by their owner alone, whatever the umask", async () => {
    const before = process.umask(0);
    try {
      await follow();
      await insert([storedToken("token1")]);
    } finally {
      process.umask(before);
    }
    const modes = ["", "-wal", "-shm"].map((end) => statSync(url.path + end).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600, 0o600]);
  });

  test("treats an empty file as a new store", async () => {
    writeFileSync(url.path, "");
    const store = await follow(false);
    expect(store.state()).toMatchObject({ kind: "connected", loaded: true });
    await insert([storedToken("token1")]);
    store.refresh?.();
    expect(seen).toHaveLength(1);
  });

  test("creates no file unless `create` is true, and opens one that appears", async () => {
    const store = await follow(false);
    expect(store.state()).toMatchObject({ kind: "away", loaded: false });
    expect(store.state().problem).toStartWith("sqlite:tokens.db: no such file; put it back");
    expect(existsSync(url.path)).toBe(false);
    const token = storedToken("token1");
    await insert([token]);
    await until(() => store.state().kind === "connected");
    expect(store.state()).toEqual({ kind: "connected", since: expect.any(Number), loaded: true });
    expect(verdict(token)).toBe(token.handle);
  });

  test("is away while its file is gone, and creates no other", async () => {
    const [first, second] = [storedToken("token1"), storedToken("token2")];
    await insert([first]);
    const store = await follow();
    renameSync(url.path, `${url.path}.away`);
    await until(() => store.state().kind === "away");
    expect(store.state()).toMatchObject({ loaded: true, problem: expect.stringContaining("no such file") });
    store.refresh?.();
    expect(existsSync(url.path)).toBe(false);
    renameSync(`${url.path}.away`, url.path);
    await until(() => store.state().kind === "connected");
    expect(store.state().problem).toBeUndefined();
    await insert([second]);
    store.refresh?.();
    expect([verdict(first), verdict(second)]).toEqual([first.handle, second.handle]);
  });

  test("follows the file that replaces its own, and refuses the tokens that it lacks", async () => {
    const [both, old, fresh] = [storedToken("token1"), storedToken("token2"), storedToken("token3")];
    await insert([both, old]);
    const store = await follow();
    await insert([storedToken("token4")]);
    store.refresh?.();
    const other = sqliteFile();
    await insert([fresh, both], other);
    renameSync(other.path, url.path);
    await until(() => verdict(old) === "revoked");
    expect([verdict(both), verdict(fresh)]).toEqual([both.handle, fresh.handle]);
    expect(store.state()).toMatchObject({ kind: "connected", loaded: true });

    const late = storedToken("token5");
    await insert([late]);
    store.refresh?.();
    expect(verdict(late)).toBe(late.handle);
    run("VACUUM");
    const database = new Database(url.path, { readonly: true });
    expect(database.query("PRAGMA integrity_check").values()).toEqual([["ok"]]);
    expect(database.query("SELECT handle FROM tokens ORDER BY seq").values()).toEqual(
      [fresh, both, late].map(({ handle }) => [handle]),
    );
    database.close();
  });

  test("is away while a file that it can't use has replaced its own", async () => {
    const token = storedToken("token1");
    await insert([token]);
    const store = await follow();
    const there = `${url.path}.other`;
    writeFileSync(there, "no database at all, ".repeat(500));
    renameSync(there, url.path);
    await until(() => store.state().kind === "away");
    expect(store.state().problem).toBe("sqlite:tokens.db: not a SQLite database; name another file");
    expect(verdict(token)).toBe(token.handle);
  });

  test.each([
    ["emptied", () => new Uint8Array()],
    ["overwritten with something else", () => Buffer.alloc(8192, "no database ")],
    [
      "overwritten with a copy",
      () => {
        run(`VACUUM INTO '${url.path}.copy'`);
        return readFileSync(`${url.path}.copy`);
      },
    ],
  ])("is away while its file is %s", async (_, content) => {
    const token = storedToken("token1");
    await insert([token]);
    const store = await follow();
    run("PRAGMA wal_checkpoint(TRUNCATE)");
    const before = readFileSync(url.path);
    store.refresh?.();
    expect(store.state().kind).toBe("connected");
    writeFileSync(url.path, content());
    await until(() => store.state().kind === "away");
    expect(store.state()).toMatchObject({
      loaded: true,
      problem:
        "sqlite:tokens.db: overwritten or damaged while it was in use; stop the server and the commands, and put a copy back",
    });
    store.refresh?.();
    expect(store.state().kind).toBe("away");
    expect(verdict(token)).toBe(token.handle);
    writeFileSync(url.path, before);
    await until(() => store.state().kind === "connected");
  });

  test("reports the rows that another program deletes, and those that it inserts again", async () => {
    const token = storedToken("token1");
    await insert([token, storedToken("token2")]);
    const store = await follow();
    run(`DELETE FROM tokens WHERE handle = '${token.handle}'`);
    store.refresh?.();
    expect(verdict(token)).toBe("revoked");
    await insert([{ ...token, handle: "abcdefgh" }]);
    store.refresh?.();
    expect(verdict(token)).toBe("abcdefgh");
    run("DELETE FROM tokens WHERE handle = 'abcdefgh'");
    await insert([token]);
    store.refresh?.();
    expect(verdict(token)).toBe(token.handle);
    expect(seen.filter(({ rules }) => rules?.revoked)).toHaveLength(1);
    await follow();
    expect(verdict(token)).toBe(token.handle);
  });

  test("is away once an older copy was written into its file, and refuses tokens that are revoked in it", async () => {
    const [first, second] = [storedToken("token1"), storedToken("token2")];
    await insert([first, second]);
    const store = await follow();
    // What `.restore` of sqlite3 comes to.
    run(`BEGIN; DROP TRIGGER tokens_deleted; DROP TRIGGER tokens_changed;
      DELETE FROM tokens WHERE handle = '${second.handle}';
      UPDATE tokens SET revoked = 1; UPDATE sqlite_sequence SET seq = 1; COMMIT`);
    await until(() => store.state().kind === "away");
    expect(store.state().problem).toStartWith("sqlite:tokens.db: an older copy was written into it; restart");
    expect(verdict(first)).toBe("revoked");
  });

  test("reports again what its listener failed on", async () => {
    const tokens = [storedToken("token1"), storedToken("token2")];
    const store = sqliteStore({ url, create: true, elapsed: () => performance.now() });
    stores.push(store);
    await store.open();
    store.onChange((changed) => {
      for (const record of changed) {
        if (store.state().kind === "connected" && record.handle === tokens[1]?.handle) {
          throw new StoreError("not now");
        }
        seen.push(record);
      }
    });
    await insert(tokens);
    store.refresh?.();
    expect(store.state()).toMatchObject({ kind: "away", problem: "not now" });
    await until(() => store.state().kind === "connected");
    expect(seen.map(({ handle }) => handle)).toEqual(tokens.map(({ handle }) => handle));
  });

  test("noteUses() waits while another program writes", async () => {
    const token = storedToken("token1");
    await insert([token]);
    const store = await follow();
    const database = new Database(url.path, { readwrite: true });
    database.run("BEGIN IMMEDIATE");
    const noted = store.noteUses?.([{ digest: token.digest, time: 1_000, address: null }]);
    await new Promise(setImmediate);
    database.run("COMMIT");
    await noted;
    expect(database.query("SELECT last_used FROM tokens").values()).toEqual([[1_000]]);
    database.close();
  });

  test("is away if its folder does not exist, and creates no file once it does", async () => {
    rmSync(dirname(url.path), { recursive: true });
    const store = await follow();
    expect(store.state()).toMatchObject({ kind: "away", loaded: false });
    expect(store.state().problem).toBe("sqlite:tokens.db: no such folder; create it or name another");
    mkdirSync(dirname(url.path));
    await until(() => store.state().problem?.includes("no such file") === true);
    expect(existsSync(url.path)).toBe(false);
    await insert([storedToken("token1")]);
    await until(() => store.state().kind === "connected");
    expect(seen).toHaveLength(1);
  });
});
