import { mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { storeUrl, type SqliteUrl } from "../../src/stores/store-url.ts";
import { SCRATCH } from "./tidy.ts";

/** A store in a folder of its own, where there is no file yet. */
export function sqliteFile(): SqliteUrl {
  mkdirSync(SCRATCH, { recursive: true });
  return storeUrl("sqlite:tokens.db", mkdtempSync(join(SCRATCH, "store-"))) as SqliteUrl;
}
