import { load, type Burst, type Load } from "./load.ts";
import { busyTime, type Running } from "./running.ts";

/** One contender under one load. */
export interface Entry {
  readonly name: string;
  readonly running: Running;
  readonly load: Load;
}

/** The figures of one contender in a row. */
export interface Result {
  readonly name: string;
  /** Requests a second, a figure for each round. */
  readonly rates: readonly number[];
  readonly median: number;
  /** Half of the rounds lie within these. */
  readonly quartiles: readonly [number, number];
  /** The median of the ratios to the row's base, round by round. */
  readonly toBase: number;
  /** The same to the fastest peer that logs, or does not, as this one does; null for what is not ours. */
  readonly toBestPeer: number | null;
  /** Milliseconds, the medians of the rounds. */
  readonly p50: number;
  readonly p99: number;
  /** Microseconds of the processor for each request, the median of the rounds. */
  readonly processor: number;
}

/** A workload and the figures of all in it. */
export interface Row {
  readonly title: string;
  /** Whose rate is 1. */
  readonly base: string;
  /** The share of the servers' processor that other programs had while the row was measured; the machine is shared. */
  readonly disturbance: number;
  readonly results: readonly Result[];
}

/** Loads the entries in turn, A B C A B C, so that whatever else the machine does affects all of them alike. */
export async function measure(
  title: string,
  entries: readonly Entry[],
  rounds: number,
  folder: string,
  progress: (text: string) => void,
): Promise<Row> {
  const bursts = new Map<string, (Burst & { readonly processor: number })[]>(
    entries.map(({ name }) => [name, []]),
  );
  let elapsed = 0;
  let others = 0;
  for (const entry of entries) await load(entry.running.port, entry.load, 1, folder);
  for (let round = 1; round <= rounds; round += 1) {
    for (const { name, running, load: asked } of entries) {
      progress(`${title}: round ${round} of ${rounds}, ${name}`);
      const own = running.processorTime();
      const busy = busyTime();
      const start = performance.now();
      const burst = await load(running.port, asked, 1, folder);
      const used = running.processorTime() - own;
      elapsed += (performance.now() - start) * 1000;
      others += Math.max(0, busyTime() - busy - used);
      bursts.get(name)?.push({ ...burst, processor: used / burst.requests });
    }
  }
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
      p50: median(own.map(({ p50 }) => p50)),
      p99: median(own.map(({ p99 }) => p99)),
      processor: median(own.map(({ processor }) => processor)),
    };
  });
  return { title, base, disturbance: others / elapsed, results };
}

/** The median of the ratios of two contenders, round by round; NaN without rounds. */
export function ratioOf(one: readonly number[], other: readonly number[]): number {
  return median(one.map((rate, round) => rate / (other[round] ?? NaN)));
}

/** The median of these figures; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}
