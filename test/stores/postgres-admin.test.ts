import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { postgresAdmin } from "../../src/stores/postgres-admin.ts";
import type { PostgresUrl } from "../../src/stores/store-url.ts";
import { StoreError } from "../../src/tokens/store-error.ts";
import type { TokenAdmin } from "../../src/tokens/token-admin.ts";
import { certified } from "../support/certificates.ts";
import { created } from "../support/created-admin.ts";
import { describePostgres } from "../support/describe-postgres.ts";
import { query, START_TIMEOUT } from "../support/postgres.ts";
import { folderWith } from "../support/program.ts";
import { storedToken } from "../support/stored-tokens.ts";

setDefaultTimeout(START_TIMEOUT);

describePostgres("postgresAdmin()", (server) => {
  let url: PostgresUrl;
  const opened: TokenAdmin[] = [];
  const open = async (timeout?: number) => {
    const admin = created(
      await postgresAdmin({ url, create: true, ...(timeout !== undefined && { timeout }) }),
    );
    opened.push(admin);
    return admin;
  };
  /** The message of the StoreError that a promise is rejected with. */
  const problemOf = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => expect.unreachable("it was fulfilled"),
      (error: unknown) => {
        expect(error).toBeInstanceOf(StoreError);
        return (error as StoreError).message;
      },
    );

  beforeEach(async () => {
    url = await server().database();
  });
  afterEach(async () => {
    server().thaw();
    await Promise.all(opened.splice(0).map((admin) => admin.close()));
  });

  test("passes on what the work of a transaction throws, whatever its code", async () => {
    const fault = Object.assign(new Error("no such file"), { code: "ENOENT" });
    const admin = await open();
    const failed = admin.transaction(() => Promise.reject(fault));
    expect(await failed.catch((error: unknown) => error)).toBe(fault);
  });

  test("creates no tables unless `create` is true", async () => {
    expect(await postgresAdmin({ url, create: false })).toBeNull();
    expect(await query(url, "SELECT 1 FROM pg_tables WHERE tablename LIKE '%token%'")).toHaveLength(0);
    await open();
    const admin = await postgresAdmin({ url, create: false });
    expect(await admin?.list()).toEqual([]);
    await admin?.close();
  });

  test("creates the tables once, however many programs start at the same time", async () => {
    await Promise.all(Array.from({ length: 5 }, () => open()));
    expect(await query(url, "SELECT version FROM token_store")).toEqual(Object.assign([{ version: 1 }]));
  });

  test("reports a frozen server in a query, in a transaction and at its end", async () => {
    const [reading, writing, ending] = [await open(1_000), await open(1_000), await open(1_000)];
    const token = storedToken("token1");
    const silence = `${url.shown}: no answer for 1 s`;
    const frozen = ending.transaction(async (writes) => {
      await writes.insert(token);
      server().freeze();
    });
    expect(await problemOf(frozen)).toBe(
      `${silence}; check whether the change was made before you repeat it`,
    );
    expect(await problemOf(reading.list())).toBe(silence);
    expect(await problemOf(writing.transaction((writes) => writes.insert(token)))).toBe(silence);
  });

  test("keeps nothing of a transaction whose server dies, and all of a committed one", async () => {
    const admin = await open();
    const [kept, lost] = [storedToken("token1"), storedToken("token2")];
    await admin.transaction((writes) => writes.insert(kept));
    let killed: Promise<void> | null = null;
    const dying = admin.transaction(async (writes) => {
      await writes.insert(lost);
      await (killed = server().kill());
      await writes.insert(storedToken("token3"));
    });
    expect(await problemOf(dying)).toBe(
      `${url.shown}: the connection was lost; check that PostgreSQL is running`,
    );
    // The transaction has ended with the first of its connections.
    await killed;
    await server().start();
    expect(await (await open()).list()).toEqual([kept]);
  });

  test("waits for the lock of another program, but not for ever", async () => {
    const [holder, waiting] = [await open(), await open(1_000)];
    const token = storedToken("token1");
    await holder.transaction(async (writes) => {
      await writes.insert(token);
      const refused = waiting.transaction((other) => other.insert(storedToken("token2")));
      expect(await problemOf(refused)).toBe(
        `${url.shown}: another program is changing tokens; try again when it has ended`,
      );
    });
    await waiting.transaction((other) => other.insert(storedToken("token2")));
    expect(await waiting.list()).toHaveLength(2);
  });

  test.each([
    ["brings back a revoked token", "UPDATE tokens SET revoked = NULL", "a revoked token stays revoked"],
    ["gives a token another digest", "UPDATE tokens SET digest = sha256('x')", "a token keeps its digest"],
    ["removes all tokens at once", "TRUNCATE tokens", "TRUNCATE would leave the tokens working"],
    ["writes a user that is none", "UPDATE tokens SET username = 'a b'", "tokens_username_check"],
    ["writes a digest that is none", "UPDATE tokens SET digest = 'x'", "a token keeps its digest"],
    ["writes a handle that is none", "UPDATE tokens SET handle = 'x'", "tokens_handle_check"],
  ])("makes tables that refuse a program which %s", async (_, statement, text) => {
    const admin = await open();
    await admin.transaction((writes) => writes.insert(storedToken("token1", { revoked: 1_000 })));
    expect(await query(url, statement).catch((error: Error) => error.message)).toContain(text);
  });
});

const [certificate, other] = [certified("postgres"), certified("other")];
describePostgres(
  "postgresAdmin() over TLS",
  (server) => {
    const folder = folderWith({ "own.pem": certificate.cert, "other.pem": other.cert });

    test.each([
      ["by default", ""],
      ["that is verified", `?sslmode=verify-full&sslrootcert=${folder}/own.pem`],
    ])("connects with TLS %s", async (_, options) => {
      const url = await server().database();
      const admin = await postgresAdmin({ url: { ...url, url: url.url + options }, create: true });
      const sql = new Bun.SQL(url.url, { max: 1 });
      const connections = await sql`SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
      WHERE application_name = 'token-server'`;
      expect([...connections]).toEqual([{ ssl: true }]);
      await sql.close();
      await admin?.close();
    });

    test.each([
      [
        "of another authority",
        `sslrootcert=${folder}/other.pem`,
        "the certificate of the server can't be verified",
      ],
      ["without its authority", "", "the certificate of the server can't be verified"],
      [
        "with an authority that is not there",
        `sslrootcert=${folder}/none.pem`,
        "Unable to access caFile path",
      ],
    ])("refuses a certificate %s", async (_, options, text) => {
      const url = await server().database();
      const opened = postgresAdmin({
        url: { ...url, url: `${url.url}?sslmode=verify-full&${options}` },
        create: true,
      });
      const error = await opened.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(StoreError);
      expect((error as Error).message).toContain(text);
      expect((error as Error).message).not.toContain("a-secret-password");
    });
  },
  certificate,
);
