import { LIMITS } from "../limits.ts";
import { isBusy } from "./sqlite-error.ts";

/**
 * Runs `work` again while the database is locked, for `LIMITS.storeLockTimeout` at most; then throws its SQLITE_BUSY.
 * Waits without SQLite's own `busy_timeout`, which would stop the event loop.
 */
export async function whileLocked<T>(work: () => T): Promise<T> {
  const end = performance.now() + LIMITS.storeLockTimeout;
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() > end) throw error;
      await Bun.sleep(LIMITS.storeLockPause);
    }
  }
}
