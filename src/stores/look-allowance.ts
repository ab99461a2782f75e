import { LIMITS } from "../limits.ts";

/**
 * Returns a test whether one more look at a store is allowed: at most `LIMITS.storeLooks` in any second, and of those
 * `LIMITS.storeLooksBurst` at once, so that a flood of unknown tokens leaves looks for the whole of a second. `now` is in
 * milliseconds.
 */
export function lookAllowance(now: () => number): () => boolean {
  const perMillisecond = (LIMITS.storeLooks - LIMITS.storeLooksBurst) / 1_000;
  let allowed: number = LIMITS.storeLooksBurst;
  let then = now();
  return () => {
    const time = now();
    allowed = Math.min(LIMITS.storeLooksBurst, allowed + (time - then) * perMillisecond);
    then = time;
    if (allowed < 1) return false;
    allowed -= 1;
    return true;
  };
}
