import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import { sqliteAdmin } from "../../src/stores/sqlite-admin.ts";
import { sqliteFile } from "../support/sqlite-file.ts";

test("a million tokens of a SQLite store take at most 250 bytes each, in the server as in the file", async () => {
  const url = sqliteFile();
  await (await sqliteAdmin({ url, create: true }))?.close();
  const database = new Database(url.path, { readwrite: true, create: false });
  database.run("PRAGMA cache_size = -200000");
  database.run(`
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1000000)
    INSERT INTO tokens (handle, digest, username, scopes, expires)
    SELECT printf('%08d', n), randomblob(32), 'user' || (n % 10000), iif(n % 2, 'read write', ''), 2000000000000 + n
    FROM numbers`);
  database.close();
  expect(Bun.file(url.path).size / 1e6).toBeLessThan(250);
  const script = join(import.meta.dir, "../support/store-memory.ts");
  const { stdout } = Bun.spawnSync([process.execPath, script, url.path], { stderr: "inherit" });
  const { tokens, bytes, time } = JSON.parse(stdout.toString());
  console.log(`a million tokens from SQLite: ${bytes} bytes each, read in ${Math.round(time)} ms`);
  expect(tokens).toBe(1_000_000);
  expect(bytes).toBeWithin(1, 251);
}, 120_000);
