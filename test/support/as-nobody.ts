import { chmodSync } from "node:fs";

/** What an act on a folder gives where root, who may read everything, is another user for as long as it takes. */
export function asNobody<T>(folder: string, act: () => T): T {
  if (process.getuid?.() !== 0) return act();
  // Not in the way: the file is to be what may not be read.
  chmodSync(folder, 0o755);
  process.seteuid?.(65534);
  try {
    return act();
  } finally {
    process.seteuid?.(0);
  }
}

/** The name of the user that `asNobody` acts as: our own where we are not root. */
export const NOBODY =
  process.getuid?.() === 0 ? "nobody" : Bun.spawnSync(["id", "-un"]).stdout.toString().trim();
