/** What is counted apart by the value of a label. */
export interface Series<V, S> {
  /** What is counted under this value, made where it is the first of it. */
  of(value: V): S;
  /** All there are, the first made first. */
  entries(): readonly (readonly [V | typeof OTHER, S])[];
}

/** The value that all values without a series of their own share. */
export const OTHER = "other";

/** A number that grows. */
export interface Count {
  amount: number;
}

/** A count of nothing yet. */
export function count(): Count {
  return { amount: 0 };
}

/**
 * Keeps a series for each value that is admitted; all others share one. Each series costs memory here and in
 * Prometheus for as long as both run, so `admits` (told how many there are) must have an end.
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
