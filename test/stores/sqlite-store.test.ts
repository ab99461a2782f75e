import { sqliteAdmin } from "../../src/stores/sqlite-admin.ts";
import { sqliteStore } from "../../src/stores/sqlite-store.ts";
import { sqliteFile } from "../support/sqlite-file.ts";
import { storedToken } from "../support/stored-tokens.ts";
import { changingStoreContract } from "./changing-store-contract.ts";
import { tokenStoreContract } from "./token-store-contract.ts";

let url = sqliteFile();
const make = () => sqliteStore({ url, create: true, elapsed: () => performance.now() });
const open = async () => {
  const admin = await sqliteAdmin({ url, create: true });
  if (admin === null) throw new Error("not created");
  return admin;
};

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
