import { afterAll } from "bun:test";
import { readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where the tests of this process keep what they build and write. */
export const SCRATCH = join(tmpdir(), `token-server-tests-${process.pid}`);

/** Milliseconds. Removing installed packages on a busy machine takes longer than the 5 s that a hook has by default (Bun 1.4.5). */
const REMOVAL_TIME = 60_000;

/** Ends what a failed test left running and removes what all of them wrote: `bun test` fires no exit event. */
afterAll(() => {
  for (const pid of left()) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // It ended in the meantime.
    }
  }
  rmSync(SCRATCH, { recursive: true, force: true });
}, REMOVAL_TIME);

function left(): string[] {
  try {
    return readdirSync(join(SCRATCH, "running"));
  } catch {
    return [];
  }
}
