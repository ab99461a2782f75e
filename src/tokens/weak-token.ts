/** What makes a token easy to guess. */
export type Weakness = "example" | "guessable";

/**
 * Judges by its length and its characters alone whether a token can be guessed: fewer than 16 characters, fewer than
 * 6 different ones, or fewer than 64 bits if each were random. A long phrase or a name passes: no word list is asked.
 * Judging a random token takes a few steps, because there may be a million.
 */
export function tokenWeakness(token: string): Weakness | null {
  if (EXAMPLES.has(token)) return "example";
  if (token.length < SHORT) return "guessable";
  if (token.length < LONG && token.length * Math.log2(alphabetOf(token)) < MIN_BITS) return "guessable";
  let different = 0;
  for (let at = 0; at < token.length && different < MIN_DIFFERENT; at += 1) {
    if (token.indexOf(token.charAt(at)) === at) different += 1;
  }
  return different < MIN_DIFFERENT ? "guessable" : null;
}

/** How many characters there are of the kinds that a token has. */
function alphabetOf(token: string): number {
  if (/^[0-9a-f]+$/i.test(token)) return /[a-f]/i.test(token) ? 16 : 10;
  const kinds: readonly [RegExp, number][] = [
    [/[0-9]/, 10],
    [/[a-z]/, 26],
    [/[A-Z]/, 26],
    [/[^0-9a-zA-Z]/, 32],
  ];
  return kinds.reduce((size, [kind, characters]) => size + (kind.test(token) ? characters : 0), 0);
}

/** The tokens of the config.json that comes with the source. */
const EXAMPLES: ReadonlySet<string> = new Set(["token1", "token2"]);
const SHORT = 16;
const MIN_BITS = 64;
const MIN_DIFFERENT = 6;
/** So many digits alone are 64 bits. */
const LONG = 20;
