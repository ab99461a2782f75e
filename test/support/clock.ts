import type { Clock } from "../../src/http/clock.ts";

/** A clock that stands still, except for what a test sets. */
export function clockOf(set: Partial<Clock> = {}): Clock {
  return { now: () => 0, elapsed: () => 0, ...set };
}
