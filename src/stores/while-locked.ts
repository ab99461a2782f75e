import { LIMITS } from "../limits.ts";
import { isBusy } from "./sqlite-error.ts";

/**
 * Retries `work` while the database is locked, for at most `LIMITS.storeLockTimeout`; then throws its SQLITE_BUSY. SQLite's
 * own `busy_timeout` would block the event loop.
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
