import { LIMITS } from "../limits.ts";

/**
 * Returns a function that says whether one more look at a store is allowed: at most `LIMITS.storeLooks` in any second,
 * `LIMITS.storeLooksBurst` of them at once, so that a flood of unknown tokens can't use up a second's looks in a moment.
 * `now` is in milliseconds.
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
