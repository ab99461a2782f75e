/** Finds the values that come most often, in bounded memory. */
export interface TopValues {
  add(value: string): void;
  /** The values that came most often, most frequent first. A count may be too low, never too high. */
  top(count: number): readonly { readonly value: string; readonly count: number }[];
}

/**
 * Keeps at most `size` values at a time, by the algorithm of Misra and Gries: every value that makes up more than one
 * part in `size + 1` of all is among those kept, however many others a client makes up around it.
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
