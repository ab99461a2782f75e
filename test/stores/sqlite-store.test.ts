import { sqliteAdmin } from "../../src/stores/sqlite-admin.ts";
import { sqliteStore } from "../../src/stores/sqlite-store.ts";
import { created } from "../support/created-admin.ts";
import { sqliteFile } from "../support/sqlite-file.ts";
import { storedToken } from "../support/stored-tokens.ts";
import { changingStoreContract } from "./changing-store-contract.ts";
import { tokenStoreContract } from "./token-store-contract.ts";

let url = sqliteFile();
const make = () => sqliteStore({ url, create: true, elapsed: () => performance.now() });
const open = async () => created(await sqliteAdmin({ url, create: true }));

tokenStoreContract("sqliteStore()", async (tokens) => {
  url = sqliteFile();
  const admin = await open();
  await admin.transaction(async (writes) => {
    for (const token of tokens) await writes.insert(storedToken(token));
  });
  await admin.close();
  return make();
});
changingStoreContract("sqliteStore()", { reset: () => (url = sqliteFile()), make, open });
