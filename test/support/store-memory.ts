import { sqliteStore } from "../../src/stores/sqlite-store.ts";
import { tokenIds } from "../../src/tokens/token-ids.ts";
import { fillIndex, tokenIndex } from "../../src/tokens/token-index.ts";

// Reads the SQLite store at a path into an index, and prints how many bytes each token takes of the memory of the process
// and how long it took in milliseconds.

function memory(): number {
  Bun.gc(true);
  return process.memoryUsage.rss();
}

const [, , path = ""] = process.argv;
const index = tokenIndex(tokenIds());
const before = memory();
const start = performance.now();
const store = sqliteStore({
  url: { kind: "sqlite", path, shown: "sqlite:tokens.db" },
  create: false,
  elapsed: () => performance.now(),
});
await fillIndex(index, store);
const time = performance.now() - start;
console.log(
  JSON.stringify({ tokens: index.size, bytes: Math.round((memory() - before) / index.size), time }),
);
await store.close();
