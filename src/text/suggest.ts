/** The candidate that a misspelt text most likely means, or null. */
export function suggest(text: string, candidates: Iterable<string>): string | null {
  let best: string | null = null;
  let fewest = Infinity;
  for (const candidate of candidates) {
    const steps = distance(text.toLowerCase(), candidate.toLowerCase());
    if (steps < fewest) [best, fewest] = [candidate, steps];
  }
  return best !== null && fewest <= Math.max(1, Math.floor(best.length / 3)) ? best : null;
}

/** How many letters to insert, delete, replace or swap with a neighbour (Damerau-Levenshtein); both texts are cut. */
function distance(one: string, other: string): number {
  const a = one.slice(0, LONGEST_NAME);
  const b = other.slice(0, LONGEST_NAME);
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let steps = Math.min(at(row, j) + 1, at(next, j - 1) + 1, at(row, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        steps = Math.min(steps, at(before, j - 2) + 1);
      }
      next.push(steps);
    }
    [before, row] = [row, next];
  }
  return at(row, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}

const LONGEST_NAME = 64;
