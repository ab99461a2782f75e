import { sqliteAdmin } from "../../src/stores/sqlite-admin.ts";
import { sqliteFile } from "../support/sqlite-file.ts";
import { tokenAdminContract } from "./token-admin-contract.ts";

let url = sqliteFile();
tokenAdminContract("sqliteAdmin()", {
  reset: () => (url = sqliteFile()),
  async open() {
    const admin = await sqliteAdmin({ url, create: true });
    if (admin === null) throw new Error("not created");
    return admin;
  },
});
