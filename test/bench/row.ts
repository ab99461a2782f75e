import type { Burst, Workload } from "./load.ts";
import { busyTime, type Running } from "./running.ts";

/** One contender under one load. */
export interface Entry {
  readonly name: string;
  readonly running: Running;
  readonly workload: Workload;
}

/** The figures of one contender in a row. */
export interface Result {
  readonly name: string;
  /** In the row's unit, a figure for each round. */
  readonly rates: readonly number[];
  readonly median: number;
  /** Half of the rounds lie within these. */
  readonly quartiles: readonly [number, number];
  /** The median of the ratios to the row's base, round by round. */
  readonly toBase: number;
  /** The same to the fastest peer that logs, or does not, as this one does; null for what is not ours. */
  readonly toBestPeer: number | null;
  /** Microseconds that a request takes more than at the row's base; null where requests do not wait for each other. */
  readonly added: number | null;
  /** Milliseconds, the medians of the rounds. */
  readonly p50: number;
  readonly p99: number;
  /** Microseconds of the processor for each request or megabyte, the median of the rounds. */
  readonly processor: number;
}

/** A workload and the figures of all in it. */
export interface Row {
  readonly title: string;
  /** Of the rates. */
  readonly unit: string;
  /** Whose rate is 1. */
  readonly base: string;
  /** The share of the servers' processor that other programs had while the row was measured; the machine is shared. */
  readonly disturbance: number;
  readonly results: readonly Result[];
}

/** How the figures of a row are shown. */
export interface RowForm {
  /** "requests/s" by default. */
  readonly unit?: string;
  /** Whether one request comes after the other, so that a rate is a time. */
  readonly oneByOne?: boolean;
}

/** What a row is measured with. */
export interface RowOptions extends RowForm {
  readonly title: string;
  readonly entries: readonly Entry[];
  readonly rounds: number;
  readonly folder: string;
  progress(text: string): void;
}

/**
 * Loads the entries in turn, A B C A B C, so that whatever else the machine does affects all of them alike. An entry that
 * fails a burst is left out of the row, and `failed` says why.
 */
export async function measure(options: RowOptions): Promise<Row & { readonly failed: readonly string[] }> {
  const { title, rounds, folder, unit = "requests/s", oneByOne = false, progress } = options;
  const bursts = new Map<string, (Burst & { readonly processor: number })[]>(
    options.entries.map(({ name }) => [name, []]),
  );
  const failed: string[] = [];
  let elapsed = 0;
  let others = 0;
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name, running, workload } of options.entries) {
      if (!bursts.has(name)) continue;
      progress(`${title}: ${round === 0 ? "warming up" : `round ${round} of ${rounds}`}, ${name}`);
      let close = () => {};
      try {
        if (workload.prepare) close = await workload.prepare(running.port);
        const own = running.processorTime();
        const busy = busyTime();
        const start = performance.now();
        const burst = await workload.burst(running.port, folder);
        const used = running.processorTime() - own;
        if (round === 0) continue;
        elapsed += (performance.now() - start) * 1000;
        others += Math.max(0, busyTime() - busy - used);
        bursts.get(name)?.push({ ...burst, processor: used / burst.requests });
      } catch (fault) {
        failed.push(`${name}: ${String(fault).split("\n")[0]}`);
        bursts.delete(name);
      } finally {
        close();
      }
    }
  }
  const entries = options.entries.filter(({ name }) => bursts.has(name));
  const base = entries[0]?.name ?? "";
  const rates = (name: string) => (bursts.get(name) ?? []).map(({ rate }) => rate);
  const ratio = (one: string, other: string) => ratioOf(rates(one), rates(other));
  const bestPeer = (logs: boolean) =>
    entries
      .filter(({ running: { contender } }) => contender.role === "peer" && contender.logs === logs)
      .map(({ name }) => name)
      .toSorted((one, other) => median(rates(other)) - median(rates(one)))[0];
  const results = entries.map(({ name, running: { contender } }): Result => {
    const best = contender.role === "ours" ? bestPeer(contender.logs) : undefined;
    const own = bursts.get(name) ?? [];
    const sorted = rates(name).toSorted((one, other) => one - other);
    const quartile = (part: number) => sorted[Math.round((sorted.length - 1) * part)] ?? NaN;
    return {
      name,
      rates: rates(name),
      median: median(rates(name)),
      quartiles: [quartile(0.25), quartile(0.75)],
      toBase: ratio(name, base),
      toBestPeer: best === undefined ? null : ratio(name, best),
      added: oneByOne ? addedTime(rates(name), rates(base)) : null,
      p50: median(own.map(({ p50 }) => p50)),
      p99: median(own.map(({ p99 }) => p99)),
      processor: median(own.map(({ processor }) => processor)),
    };
  });
  return { title, unit, base, disturbance: elapsed === 0 ? 0 : others / elapsed, results, failed };
}

/** The median of the ratios of two contenders, round by round; NaN without rounds. */
export function ratioOf(one: readonly number[], other: readonly number[]): number {
  return median(one.map((rate, round) => rate / (other[round] ?? NaN)));
}

/** The median of the microseconds that a request takes more, round by round; NaN without rounds. */
export function addedTime(one: readonly number[], base: readonly number[]): number {
  return median(one.map((rate, round) => 1e6 / rate - 1e6 / (base[round] ?? NaN)));
}

/** The median of these figures; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}
