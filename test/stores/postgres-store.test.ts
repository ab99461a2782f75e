import { describe, setDefaultTimeout } from "bun:test";
import { postgresAdmin } from "../../src/stores/postgres-admin.ts";
import { postgresStore } from "../../src/stores/postgres-store.ts";
import type { PostgresUrl } from "../../src/stores/store-url.ts";
import { created } from "../support/created-admin.ts";
import { describePostgres } from "../support/describe-postgres.ts";
import { START_TIMEOUT } from "../support/postgres.ts";
import { storedToken } from "../support/stored-tokens.ts";
import { changingStoreContract } from "./changing-store-contract.ts";
import { tokenAdminContract } from "./token-admin-contract.ts";
import { tokenStoreContract } from "./token-store-contract.ts";

setDefaultTimeout(START_TIMEOUT);

describePostgres("a PostgreSQL store", (server) => {
  let url: PostgresUrl;
  const reset = async () => (url = await server().database());
  const make = () => postgresStore({ url, elapsed: () => performance.now() });
  const open = async () => created(await postgresAdmin({ url, create: true }));

  // Each in a group of its own, because a contract prepares and ends every test of its group.
  describe("for commands", () => tokenAdminContract("postgresAdmin()", { reset, open }));
  describe("while it changes", () => changingStoreContract("postgresStore()", { reset, make, open }));
  tokenStoreContract("postgresStore()", async (tokens) => {
    await reset();
    const admin = await open();
    await admin.transaction(async (writes) => {
      for (const token of tokens) await writes.insert(storedToken(token));
    });
    await admin.close();
    return make();
  });
});
