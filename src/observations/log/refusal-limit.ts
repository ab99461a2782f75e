import type { Refusal } from "../../http/refusal.ts";
import { LIMITS } from "../../limits.ts";
import type { Observation, Observe } from "../observation.ts";
import { topValues, type TopValues } from "./top-values.ts";

/** Options for `refusalLimit`. */
export interface RefusalLimitOptions {
  /** Addresses are counted for the JSON log only: finding one takes a microsecond for each refusal. */
  readonly format: "text" | "json";
  /** Refusals per second that get a log line of their own. */
  readonly refusalsPerSecond: number;
}

/** Decides which refusals get a log line of their own. */
export interface RefusalLimit {
  /** Whether this refusal gets its own line; if not, it is counted. */
  admits(refused: Extract<Observation, { kind: "refused" }>): boolean;
  /** Reports the refusals counted so far at once. */
  report(): void;
}

/**
 * Admits `refusalsPerSecond` refusals each second and counts the rest, so that no client can fill the disk with log
 * lines. Once a second it reports the count for each reason and the most frequent client addresses, if they are known. A
 * refusal neither starts a timer of its own nor reads the clock.
 */
export function refusalLimit(
  { format, refusalsPerSecond }: RefusalLimitOptions,
  observe: Observe,
): RefusalLimit {
  let admitted = 0;
  let second: ReturnType<typeof setTimeout> | null = null;
  /** By text, because a code may have several; by code once there are too many texts. */
  const counted = new Map<string, Counted>();
  /** Most refusals of a flood are alike. */
  let last: Counted | null = null;

  const report = () => {
    if (second !== null) clearTimeout(second);
    second = null;
    admitted = 0;
    for (const { refusal, count, clients } of counted.values()) {
      observe({ kind: "refusals_counted", refusal, count, clients: clients.top(LIMITS.logClients) });
    }
    counted.clear();
    last = null;
  };
  const countedLike = (refusal: Refusal) => {
    const { code, text } = refusal;
    const key = counted.has(text) || counted.size < LIMITS.logReasons ? text : code;
    let same = counted.get(key);
    if (same === undefined) {
      same = { refusal, count: 0, clients: topValues(LIMITS.logClientsCounted) };
      counted.set(key, same);
    }
    return same;
  };
  return {
    admits({ refusal, exchange }) {
      second ??= setTimeout(report, 1000).unref();
      if (admitted < refusalsPerSecond) {
        admitted += 1;
        return true;
      }
      if (last === null || refusal.text !== last.refusal.text) last = countedLike(refusal);
      last.count += 1;
      const address = format === "json" ? exchange.client().address : null;
      if (address !== null) last.clients.add(address);
      return false;
    },
    report,
  };
}

/** Refusals for the same reason that got no line of their own. */
interface Counted {
  /** The first of them. */
  readonly refusal: Refusal;
  count: number;
  readonly clients: TopValues;
}
