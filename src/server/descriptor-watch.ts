import type { Clock } from "../http/clock.ts";
import { LIMITS } from "../limits.ts";
import type { Observe } from "../observations/observation.ts";
import { maxDescriptors, openDescriptors } from "../observations/metrics/process-metrics.ts";

/** Knows whether this process is about to run out of file descriptors. */
export interface DescriptorWatch {
  /** Whether so many are open that connections without a user, and idle ones to upstreams, have to close. */
  short(): boolean;
  stop(): void;
}

/**
 * Counts the open file descriptors at an interval, observes when they become short and when there are enough again, and
 * calls `relieve` each time it finds them short. They are never short if the system does not report their number and
 * their limit.
 *
 * Once none is left no client can connect, with a token or without, and Bun 1.4.5 keeps a core busy with connections
 * that it can't accept.
 */
export function descriptorWatch(
  observe: Observe,
  clock: Clock,
  relieve: () => void = () => {},
  count = openDescriptors,
  limit = maxDescriptors,
): DescriptorWatch {
  const max = known(limit);
  let short = false;
  const look = () => {
    const begin = clock.elapsed();
    const open = known(count);
    const isShort = open > max * (short ? LIMITS.descriptorsEnough : LIMITS.descriptorsShort);
    if (isShort !== short) {
      short = isShort;
      observe({ kind: short ? "descriptors_short" : "descriptors_enough", open, max });
    }
    if (short) relieve();
    // Counting many connections takes long before Linux 6.2, and must not take the time of the requests.
    const pause = Math.max(LIMITS.descriptorInterval, (clock.elapsed() - begin) * LOOK_SHARE);
    timer = setTimeout(look, pause).unref();
  };
  let timer = setTimeout(look, LIMITS.descriptorInterval).unref();
  return { short: () => short, stop: () => clearTimeout(timer) };
}

/** A number that the system reports, or NaN, which is neither more nor less than any other. */
function known(report: () => number): number {
  try {
    return report();
  } catch {
    return NaN;
  }
}

/** Counting takes at most one part in this many of the time. */
const LOOK_SHARE = 50;
