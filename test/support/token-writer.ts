import { writeSync } from "node:fs";
import { sqliteAdmin } from "../../src/stores/sqlite-admin.ts";
import { mintedHandle, mintToken } from "../../src/tokens/minted-token.ts";
import { storedToken, tokenEvent } from "./stored-tokens.ts";

/**
 * A program that writes to the SQLite store at a path until it is killed: creates tokens and revokes every third of them,
 * and prints each with its handle once the store has it, as the commands do.
 */
const [, , path = ""] = process.argv;
const admin = await sqliteAdmin({ url: { kind: "sqlite", path, shown: "sqlite:tokens.db" }, create: true });
if (admin === null) throw new Error("the store was not created");
for (let count = 1; ; count += 1) {
  const token = mintToken();
  const handle = mintedHandle(token) ?? "";
  await admin.transaction(async (writes) => {
    await writes.insert(storedToken(token, { handle }));
    await writes.log(tokenEvent(handle));
  });
  writeSync(1, `created ${token}\n`);
  if (count % 3 !== 0) continue;
  await admin.transaction(async (writes) => {
    await writes.update(handle, { revoked: Date.now() });
    await writes.log(tokenEvent(handle, { action: "revoked" }));
  });
  writeSync(1, `revoked ${token}\n`);
}
