import { numberText, type Labels, type Sample } from "./exposition.ts";

/** How often a value lay where, and what all values come to. */
export interface Histogram {
  /** Takes a value. What is no number or less than 0 counts as 0: it would spoil the sum for good. */
  take(value: number): void;
  /** `_bucket` for each bound and for `+Inf`, `_sum` and `_count`. */
  samples(labels: Labels): Sample[];
}

/** Counts values by bounds, the least first. A value on a bound lies within it, as `le` (less or equal) says. */
export function histogram(bounds: readonly number[]): Histogram {
  const counts = new Float64Array(bounds.length + 1);
  const les = [...bounds, Infinity].map(numberText);
  let sum = 0;
  return {
    take(value) {
      const taken = value > 0 ? value : 0;
      let at = 0;
      // Most answers take the time of the first few buckets: walking up finds those before halving would.
      while (at < bounds.length && taken > (bounds[at] as number)) at += 1;
      (counts[at] as number) += 1;
      sum += taken;
    },
    samples(labels) {
      let below = 0;
      const buckets = les.map((le, at): Sample => {
        below += counts[at] ?? 0;
        return { suffix: "_bucket", labels: { ...labels, le }, value: below };
      });
      return [...buckets, { suffix: "_sum", labels, value: sum }, { suffix: "_count", labels, value: below }];
    },
  };
}
