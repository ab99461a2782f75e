import type { Refusal } from "../../http/refusal.ts";
import { LIMITS } from "../../limits.ts";
import type { Observation, Observe } from "../observation.ts";
import { topValues, type TopValues } from "./top-values.ts";

/** Options for `refusalLimit`. */
export interface RefusalLimitOptions {
  /** Addresses are counted for the JSON log alone: the text log asks for none, which spares each refusal a microsecond. */
  readonly format: "text" | "json";
  /** Refusals that get a log line of their own in a second. */
  readonly refusalsPerSecond: number;
}

/** Decides which refusals get a log line of their own. */
export interface RefusalLimit {
  /** Whether this one does; it is counted if not. */
  admits(refused: Extract<Observation, { kind: "refused" }>): boolean;
  /** Observes what was counted so far, without waiting for the second to end. */
  report(): void;
}

/**
 * Admits so many refusals a second and counts the rest, so that no client can fill the disk with log lines. Once a
 * second it observes what it counted: for each reason how many, and the addresses most of them came from, where addresses
 * are known. Costs a request neither a timer nor a look at the clock of its own.
 */
export function refusalLimit(
  { format, refusalsPerSecond }: RefusalLimitOptions,
  observe: Observe,
): RefusalLimit {
  let admitted = 0;
  let second: ReturnType<typeof setTimeout> | null = null;
  /** By text, because a code may have more than one; by code once there are too many texts. */
  const counted = new Map<string, Counted>();

  const report = () => {
    if (second !== null) clearTimeout(second);
    second = null;
    admitted = 0;
    for (const { refusal, count, clients } of counted.values()) {
      observe({ kind: "refusals_counted", refusal, count, clients: clients.top(LIMITS.logClients) });
    }
    counted.clear();
  };
  return {
    admits({ refusal, exchange }) {
      second ??= setTimeout(report, 1000).unref();
      if (admitted < refusalsPerSecond) {
        admitted += 1;
        return true;
      }
      const { code, text } = refusal;
      const key = counted.has(text) || counted.size < LIMITS.logReasons ? text : code;
      let same = counted.get(key);
      if (same === undefined) {
        same = { refusal, count: 0, clients: topValues(LIMITS.logClientsCounted) };
        counted.set(key, same);
      }
      same.count += 1;
      const address = format === "json" ? exchange.client().address : null;
      if (address !== null) same.clients.add(address);
      return false;
    },
    report,
  };
}

/** Refusals for the same reason without a line of their own. */
interface Counted {
  /** The first of them. */
  readonly refusal: Refusal;
  count: number;
  readonly clients: TopValues;
}
