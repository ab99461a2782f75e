import { numberText, type Labels, type Sample } from "./exposition.ts";

/** Counts values in buckets, and their sum. */
export interface Histogram {
  /** Counts a value. NaN and negative values count as 0, because they would make the sum useless for good. */
  count(value: number): void;
  /** `_bucket` for each bound and for `+Inf`, `_sum` and `_count`. */
  samples(labels: Labels): Sample[];
}

/** Makes a histogram with these upper bounds, in increasing order. They are inclusive, as `le` (less or equal) says. */
export function histogram(bounds: readonly number[]): Histogram {
  const counts = new Float64Array(bounds.length + 1);
  const les = [...bounds, Infinity].map(numberText);
  let sum = 0;
  return {
    count(value) {
      const counted = value > 0 ? value : 0;
      let at = 0;
      // Most answers belong to the first few buckets, where a linear search is faster than a binary one.
      while (at < bounds.length && counted > (bounds[at] as number)) at += 1;
      (counts[at] as number) += 1;
      sum += counted;
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
