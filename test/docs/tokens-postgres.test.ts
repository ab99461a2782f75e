import { expect, setDefaultTimeout } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { postgresAdmin } from "../../src/stores/postgres-admin.ts";
import { postgresStore } from "../../src/stores/postgres-store.ts";
import { storeUrl, type PostgresUrl } from "../../src/stores/store-url.ts";
import { needing } from "../support/needing.ts";
import { postgres, POSTGRES_PROGRAMS, query, START_TIMEOUT } from "../support/postgres.ts";

setDefaultTimeout(START_TIMEOUT);
const PAGE = readFileSync(join(import.meta.dir, "../../docs/tokens.md"), "utf8");
const [ROLE = "", DATABASE = "", SELECT = "", UPDATE = "", INSERT = ""] = [
  ...String(PAGE.split("\n## PostgreSQL\n")[1]).matchAll(/```sql\n([^]*?)```/g),
].map(([, sql]) => String(sql));
const DIGEST = new Uint8Array(Bun.SHA256.hash("token1").buffer);

needing({ postgresql: POSTGRES_PROGRAMS })(
  "docs/tokens.md: its statements for PostgreSQL do what it says",
  async () => {
    await using server = await postgres();
    const superuser = await server.database();
    const run = async (url: PostgresUrl, ...statements: string[]) => {
      for (const statement of statements) await query(url, statement);
    };
    const as = (user: string) =>
      storeUrl(superuser.url.replace(/\/\/.*@/, `//${user}:change%20this@`).replace(/[^/]+$/, "tokens"), "/");
    const [owner, reader] = [as("token_server"), as("token_reader")] as PostgresUrl[];
    if (owner === undefined || reader === undefined) throw new Error("unreachable");
    expect(PAGE).toContain("postgres://token_server:change%20this@");
    await run(superuser, ROLE, DATABASE, ROLE.replace("token_server", "token_reader"));

    const admin = await postgresAdmin({ url: owner, create: true });
    await run(owner, SELECT, UPDATE);
    const store = postgresStore({ url: reader, elapsed: () => performance.now() });
    await store.open();
    expect(store.state()).toMatchObject({ kind: "connected", loaded: true });
    const changed = new Promise<readonly object[]>((resolve) => store.onChange((all) => resolve([...all])));
    await run(owner, INSERT);
    const rules = { scopes: ["read", "write"], expires: expect.any(Number) };
    expect(await changed).toMatchObject([{ handle: "ci000001", user: { name: "anna" }, rules }]);
    await store.noteUses?.([{ digest: DIGEST, time: 1_000, address: "10.0.0.1" }]);
    expect(await admin?.findDigest(DIGEST)).toMatchObject({
      handle: "ci000001",
      name: "CI of the shop",
      lastUsed: 1_000,
    });
    await store.close();

    const denied = await postgresAdmin({ url: reader, create: false }).then((opened) =>
      opened
        ?.transaction((writes) => writes.update("ci000001", { disabled: true }))
        .catch((error: Error) => error.message)
        .finally(() => opened.close()),
    );
    expect(denied).toContain("permission denied");
    await admin?.close();
  },
);
