import { load, type Burst, type Load } from "./load.ts";
import type { Running } from "./running.ts";

/** One contender under one load. */
export interface Entry {
  readonly name: string;
  readonly running: Running;
  readonly load: Load;
}

/** What one contender came to in a row. */
export interface Result {
  readonly name: string;
  /** Requests a second, a figure for each round. */
  readonly rates: readonly number[];
  readonly median: number;
  /** Half of the rounds lie within these. */
  readonly quartiles: readonly [number, number];
  /** The median of the ratios to the row's base, round by round. */
  readonly toBase: number;
  /** The same to the best of the peers, for ours. */
  readonly toBestPeer: number | null;
  /** Milliseconds, the medians of the rounds. */
  readonly p50: number;
  readonly p99: number;
}

/** A workload and what all came to in it. */
export interface Row {
  readonly title: string;
  /** Whose rate is 1. */
  readonly base: string;
  readonly results: readonly Result[];
}

/** Loads the entries in turn, A B C A B C, so that what the machine does besides falls on all alike. */
export async function measure(
  title: string,
  entries: readonly Entry[],
  rounds: number,
  folder: string,
  progress: (text: string) => void,
): Promise<Row> {
  const bursts = new Map<string, Burst[]>(entries.map(({ name }) => [name, []]));
  for (const entry of entries) await load(entry.running.port, entry.load, 1, folder);
  for (let round = 1; round <= rounds; round += 1) {
    for (const { name, running, load: asked } of entries) {
      progress(`${title}: round ${round} of ${rounds}, ${name}`);
      bursts.get(name)?.push(await load(running.port, asked, 1, folder));
    }
  }
  const base = entries[0]?.name ?? "";
  const rates = (name: string) => (bursts.get(name) ?? []).map(({ rate }) => rate);
  const ratio = (one: string, other: string) =>
    median(rates(one).map((rate, round) => rate / (rates(other)[round] ?? NaN)));
  const [ours, ...peers] = entries.map(({ name }) => name).filter((name) => name !== base);
  const best = peers.toSorted((one, other) => median(rates(other)) - median(rates(one)))[0];
  const results = entries.map(({ name }): Result => {
    const own = bursts.get(name) ?? [];
    const sorted = rates(name).toSorted((one, other) => one - other);
    const quartile = (part: number) => sorted[Math.round((sorted.length - 1) * part)] ?? NaN;
    return {
      name,
      rates: rates(name),
      median: median(rates(name)),
      quartiles: [quartile(0.25), quartile(0.75)],
      toBase: ratio(name, base),
      toBestPeer: name === ours && best ? ratio(name, best) : null,
      p50: median(own.map(({ p50 }) => p50)),
      p99: median(own.map(({ p99 }) => p99)),
    };
  });
  return { title, base, results };
}

/** The median of these figures; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}
