/** Finds the most frequent values, in bounded memory. */
export interface TopValues {
  add(value: string): void;
  /** The most frequent values, highest count first. A count may be too low, never too high. */
  top(count: number): readonly { readonly value: string; readonly count: number }[];
}

/**
 * Keeps at most `size` values at a time, by the Misra-Gries algorithm: every value that makes up more than 1/(`size` + 1)
 * of all is kept, however many other values a client invents.
 */
export function topValues(size: number): TopValues {
  const counts = new Map<string, number>();
  return {
    add(value) {
      const count = counts.get(value);
      if (count !== undefined || counts.size < size) {
        counts.set(value, (count ?? 0) + 1);
        return;
      }
      for (const [kept, times] of counts) {
        if (times === 1) counts.delete(kept);
        else counts.set(kept, times - 1);
      }
    },
    top: (count) =>
      [...counts]
        .map(([value, times]) => ({ value, count: times }))
        .sort((one, other) => other.count - one.count)
        .slice(0, count),
  };
}
