/** The series of each value of a label. */
export interface Series<V, S> {
  /** The series of a value, made at its first use. */
  of(value: V): S;
  /** All series, in the order in which they were made. */
  entries(): readonly (readonly [V | typeof OTHER, S])[];
}

/** The value that stands for all values without a series of their own. */
export const OTHER = "other";

/** A number that grows. */
export interface Count {
  value: number;
}

/** A count of 0. */
export function count(): Count {
  return { value: 0 };
}

/**
 * Counts of 0 for the few values of a label. All exist from the start, because a rise from 0 shows in a graph and a series
 * that begins at 1 does not. To count in a Map takes 50 ns longer (Bun 1.4.5).
 */
export function counts<V extends string>(values: readonly V[]): Record<V, number> {
  return Object.fromEntries(values.map((value) => [value, 0])) as Record<V, number>;
}

/**
 * Keeps a series for each value that `admits` accepts, given the number of series so far; all other values share one. A
 * series takes memory here and in Prometheus for as long as both run, so `admits` must accept a bounded number of values.
 */
export function series<V extends string | number, S>(
  make: () => S,
  admits: (value: V, size: number) => boolean,
): Series<V, S> {
  const made = new Map<V | typeof OTHER, S>();
  const add = (value: V | typeof OTHER): S => {
    const first = make();
    made.set(value, first);
    return first;
  };
  return {
    of: (value) =>
      made.get(value) ?? (admits(value, made.size) ? add(value) : (made.get(OTHER) ?? add(OTHER))),
    entries: () => [...made],
  };
}
