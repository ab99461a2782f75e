import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { postgresStore } from "../../src/stores/postgres-store.ts";
import type { PostgresUrl } from "../../src/stores/store-url.ts";
import { StoreError } from "../../src/tokens/store-error.ts";
import type { StoredToken } from "../../src/tokens/stored-token.ts";
import type { TokenRecord } from "../../src/tokens/token-record.ts";
import type { StoreState, TokenStore } from "../../src/tokens/token-store.ts";
import { administer } from "../support/created-admin.ts";
import { describePostgres } from "../support/describe-postgres.ts";
import { query, START_TIMEOUT } from "../support/postgres.ts";
import { storedToken } from "../support/stored-tokens.ts";

setDefaultTimeout(START_TIMEOUT);
const PUT_BACK = "put them back, because empty ones in their place would refuse every token";

describePostgres("postgresStore()", (server) => {
  let url: PostgresUrl;
  let store: TokenStore;
  /** The last record of each token, by digest. */
  let records: Map<string, TokenRecord>;
  const first = storedToken("token1");

  const follow = async () => {
    records = new Map();
    store = postgresStore({ url, elapsed: () => performance.now() });
    const keep = (changed: Iterable<TokenRecord>) => {
      for (const record of changed) records.set(record.digest.toHex(), record);
    };
    keep(await store.open());
    store.onChange(keep);
  };
  const recordOf = ({ digest }: StoredToken) => records.get(digest.toHex());
  const isRevoked = (token: StoredToken) => recordOf(token)?.rules?.revoked === true;
  /** Waits until the store is in a state; returns for how many milliseconds. */
  const becomes = (kind: StoreState["kind"]) => waitFor(() => store.state().kind === kind);
  const insert = (...tokens: StoredToken[]) =>
    administer(url, (admin) =>
      admin.transaction(async (writes) => {
        for (const token of tokens) await writes.insert(token);
      }),
    );
  const run = (statement: string, at = url) => query(at, statement);
  const revoke = ({ handle }: StoredToken) =>
    administer(url, (admin) => admin.transaction((writes) => writes.update(handle, { revoked: 1_000 })));

  beforeEach(async () => {
    url = await server().database();
    await insert(first);
  });
  afterEach(async () => {
    server().thaw();
    await store.close();
  });

  test("is away while PostgreSQL is down, and then reads what has changed", async () => {
    await follow();
    const { since } = store.state();
    await server().kill();
    expect(await becomes("away")).toBeLessThan(2_000);
    expect(store.state()).toEqual({
      kind: "away",
      since: expect.any(Number),
      loaded: true,
      problem: `${url.shown}: can't be reached; check that PostgreSQL is running there, and the URL`,
    });
    expect(store.state().since).toBeGreaterThanOrEqual(since);
    await server().start();
    await revoke(first);
    expect(await waitFor(() => isRevoked(first))).toBeLessThan(1_000);
    await becomes("connected");
    expect(store.state()).toMatchObject({ loaded: true, problem: undefined });
  });

  test("is away while PostgreSQL is frozen, and then reads what has changed", async () => {
    await follow();
    server().freeze();
    expect(await becomes("away")).toBeLessThan(2_000);
    expect(store.state().problem).toBe(`${url.shown}: no answer for 1.25 s`);
    server().thaw();
    await revoke(first);
    expect(await waitFor(() => isRevoked(first))).toBeLessThan(1_000);
    await becomes("connected");
  });

  test("is away while the password is wrong", async () => {
    await follow();
    await run("ALTER ROLE owner PASSWORD 'another'");
    try {
      await run(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()`, {
        ...url,
        url: url.url.replace(/:[^:@]+@/, ":another@"),
      });
      expect(await becomes("away")).toBeLessThan(2_000);
      expect(store.state().problem).toBe(
        `${url.shown}: the server refuses the user or the password of the URL`,
      );
    } finally {
      await run("ALTER ROLE owner PASSWORD 'a-secret-password'", {
        ...url,
        url: url.url.replace(/:[^:@]+@/, ":another@"),
      });
    }
    expect(await becomes("connected")).toBeLessThan(1_000);
  });

  test("is not away where one connection ends and another can be made", async () => {
    await follow();
    const { since } = store.state();
    await run(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'token-server'",
    );
    await revoke(first);
    await waitFor(() => isRevoked(first));
    expect(store.state()).toMatchObject({ kind: "connected", since });
  });

  test("misses no change while it reconnects again and again", async () => {
    await follow();
    const tokens = Array.from({ length: 20 }, (_, at) => storedToken(`token${at + 2}`));
    for (const token of tokens) {
      await Promise.all([
        insert(token),
        run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"),
      ]);
    }
    await waitFor(() => tokens.every((token) => recordOf(token) !== undefined));
    expect(records.size).toBe(tokens.length + 1);
  });

  test("misses no change of programs that write at the same time", async () => {
    await follow();
    const values = (token: StoredToken) =>
      `INSERT INTO tokens (handle, digest, username) VALUES ('${token.handle}', '\\x${token.digest.toHex()}', 'anna')`;
    const [slow, quick] = [storedToken("slow"), storedToken("quick")];
    const sql = new Bun.SQL(url.url, { max: 2 });
    let written: Promise<unknown> | null = null;
    await sql.begin(async (transaction) => {
      await transaction.unsafe(values(slow));
      written = run(values(quick));
      // Until the other program waits for this one, and so takes its number after it.
      while ((await sql`SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`).length === 0);
      expect(recordOf(quick)).toBeUndefined();
    });
    await written;
    await waitFor(() => recordOf(slow) !== undefined && recordOf(quick) !== undefined);
    await sql.close();
  });

  test("refuses a token that another program deletes, and accepts it again once inserted", async () => {
    await follow();
    await run(`DELETE FROM tokens WHERE handle = '${first.handle}'`);
    await waitFor(() => isRevoked(first));
    await insert(first);
    await waitFor(() => !isRevoked(first));
    expect(recordOf(first)).toMatchObject({ handle: first.handle, rules: null });
    await run(`DELETE FROM tokens WHERE handle = '${first.handle}'`);
    await waitFor(() => isRevoked(first));
  });

  test("reads a change without a notification, as behind a pooler", async () => {
    await follow();
    await run(`CREATE OR REPLACE FUNCTION tokens_change() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END'`);
    await revoke(first);
    expect(await waitFor(() => isRevoked(first))).toBeLessThan(1_000);
  });

  test.each(["down", "frozen"])(
    "open() where PostgreSQL is %s resolves to no records, and they come later",
    async (how) => {
      if (how === "down") await server().kill();
      else server().freeze();
      await follow();
      expect(records.size).toBe(0);
      expect(store.state()).toMatchObject({
        kind: "away",
        loaded: false,
        problem: expect.stringContaining(url.shown),
      });
      if (how === "down") await server().start();
      else server().thaw();
      await becomes("connected");
      expect(recordOf(first)).toMatchObject({ handle: first.handle });
      expect(store.state().loaded).toBe(true);
    },
  );

  test("is away if a newer token-server has migrated the tables", async () => {
    await run("UPDATE token_store SET version = 1000");
    await follow();
    const problem = `${url.shown}: its tables have version 1000, but this token-server knows only 1; use a newer token-server`;
    expect(store.state()).toMatchObject({ kind: "away", loaded: false, problem });
    await run("UPDATE token_store SET version = 1");
    await becomes("connected");
    expect(recordOf(first)).toMatchObject({ handle: first.handle });
  });

  test("refuses tokens that a standby lacks when it takes over, and reads others under the same numbers", async () => {
    const [lost, revived, other] = [storedToken("lost"), storedToken("revived"), storedToken("other")];
    await insert(lost, revived);
    await revoke(revived);
    await follow();
    const [last] = await run("SELECT max(seq) AS seq FROM tokens");
    await lose(
      lost,
      `UPDATE tokens SET revoked = NULL, seq = 3 WHERE handle = '${revived.handle}';
       INSERT INTO tokens (seq, handle, digest, username)
       VALUES (${last.seq}, '${other.handle}', '\\x${other.digest.toHex()}', 'anna')`,
    );
    await waitFor(() => isRevoked(lost) && !isRevoked(revived) && recordOf(other) !== undefined);
    expect(store.state().kind).toBe("connected");
  });

  test("continues from a copy that is restored while it is connected, and refuses the tokens that it lacks", async () => {
    const late = storedToken("late");
    await follow();
    await insert(late);
    for (const name of ["one", "two", "three"]) {
      await administer(url, (admin) => admin.transaction((writes) => writes.update(first.handle, { name })));
    }
    await waitFor(() => recordOf(late) !== undefined);
    // What `pg_restore --clean --single-transaction` comes to.
    await run(`ALTER TABLE tokens DISABLE TRIGGER USER; DELETE FROM tokens WHERE handle = '${late.handle}';
      UPDATE tokens SET seq = 1; SELECT setval('token_changes', 1); ALTER TABLE tokens ENABLE TRIGGER USER`);
    await waitFor(() => isRevoked(late));
    await revoke(first);
    expect(await waitFor(() => isRevoked(first))).toBeLessThan(1_000);
    expect(store.state()).toMatchObject({ kind: "connected", loaded: true });
  });

  test("is away while its tables have vanished, and creates no others", async () => {
    await follow();
    const move = (from: string, to: string) =>
      run(
        ["token_store", "tokens", "deleted_tokens", "token_events"]
          .map((table) => `ALTER TABLE ${from}.${table} SET SCHEMA ${to};`)
          .join(""),
      );
    await run("CREATE SCHEMA elsewhere");
    await move("public", "elsewhere");
    await becomes("away");
    await waitFor(() => store.state().problem === `${url.shown}: its tables have vanished; ${PUT_BACK}`);
    expect(isRevoked(first)).toBe(false);
    expect(await run("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).toHaveLength(0);
    await move("elsewhere", "public");
    await becomes("connected");
    await revoke(first);
    expect(await waitFor(() => isRevoked(first))).toBeLessThan(1_000);
  });

  test("stays away from a database whose numbers can't be compared", async () => {
    await run(`INSERT INTO tokens (handle, digest, username)
      SELECT lpad(i::text, 8, '0'), sha256(i::text::bytea), 'anna' FROM generate_series(1, 1100) AS i`);
    await follow();
    expect(records.size).toBe(1_101);
    await lose(first, "DELETE FROM tokens WHERE handle > '00000001'; DELETE FROM deleted_tokens");
    await becomes("away");
    expect(store.state().problem).toBe(
      `${url.shown}: another database than before, or an older copy; restart the server, so that the tokens it lacks are refused`,
    );
    const late = storedToken("late");
    await insert(late);
    await waitFor(() => recordOf(late) !== undefined);
    expect(store.state().kind).toBe("away");
  });

  test.each([
    [
      "a password that is wrong",
      (to: string) => to.replace(/:[^:@]+@/, ":wrong@"),
      "refuses the user or the password",
    ],
    ["an option that Bun refuses", (to: string) => `${to}?sslmode=perhaps`, "'sslmode' must be one of"],
    ["TLS that the server lacks", (to: string) => `${to}?sslmode=require`, "the server has no TLS"],
    ["a database that is not there", (to: string) => `${to}0`, "no such database"],
    ["a port where nothing listens", (to: string) => to.replace(/:\d+\//, ":1/"), "can't be reached"],
  ])("reports %s, and so does postgresAdmin()", async (_, change, text) => {
    url = { ...url, url: change(url.url) };
    await follow();
    expect(store.state()).toMatchObject({
      kind: "away",
      loaded: false,
      problem: expect.stringContaining(text),
    });
    const error = await administer(url, async () => {}).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StoreError);
    expect((error as StoreError).message).toContain(text);
    expect(`${store.state().problem} ${(error as StoreError).message}`).not.toMatch(
      /a-secret-password|wrong@/,
    );
  });

  test("uses the database of its URL, whatever PGDATABASE says", async () => {
    process.env["PGDATABASE"] = "postgres";
    try {
      await follow();
      expect(recordOf(first)).toMatchObject({ handle: first.handle });
    } finally {
      delete process.env["PGDATABASE"];
    }
  });

  /** Makes of the database what it would be without a token and with other changes, while nobody is connected. */
  async function lose({ handle }: StoredToken, change: string) {
    await run(`ALTER TABLE tokens DISABLE TRIGGER USER; DELETE FROM tokens WHERE handle = '${handle}'; ${change};
      ALTER TABLE tokens ENABLE TRIGGER USER;
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'token-server'`);
  }
});

/** Waits until something is so, and returns for how many milliseconds. */
async function waitFor(isSo: () => boolean): Promise<number> {
  const start = performance.now();
  while (!isSo()) await Bun.sleep(2);
  return performance.now() - start;
}
