import { LIMITS } from "../limits.ts";
import { Timeline, type Moment } from "./timeline.ts";

/** Calls back with each key that is not removed in time. */
export interface Deadlines<K> {
  /** Starts the deadline of a key. Removing it cancels it. */
  add(key: K): Moment<K>;
}

/**
 * Calls `due` with every key that is not removed within `milliseconds`, give or take `interval`.
 *
 * All keys share one timer, which runs while there are any: a timer for each request takes 3 microseconds more (Bun 1.4.5).
 * They have the same timeout, so the first one added is the first one due.
 */
export function deadlines<K>(
  milliseconds: number,
  due: (key: K) => void,
  interval: number = LIMITS.deadlineInterval,
): Deadlines<K> {
  const ends = new Timeline<K>();
  let timer: Timer | null = null;
  const tick = () => {
    const now = performance.now();
    for (let { first } = ends; first !== null && first.time <= now; { first } = ends) {
      first.remove();
      due(first.key);
    }
    if (ends.first !== null || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
  return {
    add(key) {
      timer ??= setInterval(tick, interval).unref();
      return ends.add(key, performance.now() + milliseconds);
    },
  };
}
