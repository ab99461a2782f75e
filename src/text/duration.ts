/**
 * Parses a duration, a whole number and one of s, m, h and d (`90d`), and returns it in milliseconds; null for any other
 * text. Returns null for more than 36,500 days too, so that a time plus a duration is always a time.
 */
export function parseDuration(text: string): number | null {
  const [, digits = "", unit = ""] = /^([0-9]{1,10})([smhd])$/.exec(text) ?? [];
  const milliseconds = Number(digits) * (UNITS[unit] ?? NaN);
  return milliseconds <= MAX ? milliseconds : null;
}

/** A duration for people, rounded, in the largest unit of which it has two: `12d`, `36h`. */
export function formatDuration(milliseconds: number): string {
  const fits = ([, size]: readonly [string, number]) =>
    Math.round(milliseconds / SECOND) * SECOND >= 2 * size;
  const [unit, size] = Object.entries(UNITS).findLast(fits) ?? ["s", SECOND];
  return `${Math.round(milliseconds / size)}${unit}`;
}

const SECOND = 1_000;
/** Ascending. */
const UNITS: Readonly<Record<string, number>> = {
  s: SECOND,
  m: 60 * SECOND,
  h: 3_600 * SECOND,
  d: 86_400 * SECOND,
};
const MAX = 36_500 * 86_400 * SECOND;
