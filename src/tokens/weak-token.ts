/** Why a token is easy to guess. */
export type Weakness = "example" | "guessable";

const RANDOM = "token-server init writes a random one";

/** What a warning says of a weak token, as in "it is a public example". */
export const WEAKNESS_TEXTS: Readonly<Record<Weakness, string>> = {
  example: `is a public example; ${RANDOM}`,
  guessable: `can be guessed: it is short, has few different characters, or has digits in sequence; ${RANDOM}`,
};

/**
 * Returns why a token is easy to guess, or null. It is if it has fewer than 16 characters, fewer than 6 different ones,
 * 16 digits that count (`012...`, `987...`), or fewer than 64 bits if each character were random. No word list is
 * used, so a long phrase passes. A random token takes few steps, because there may be a million.
 */
export function tokenWeakness(token: string): Weakness | null {
  if (token.length < SHORT) return EXAMPLES.has(token) ? "example" : "guessable";
  if (token.length < LONG && token.length * Math.log2(alphabetOf(token)) < MIN_BITS) return "guessable";
  return VARIED.test(token) && !counts(token) ? null : "guessable";
}

/** Whether 16 digits of a token count up or down; 0 follows 9. */
function counts(token: string): boolean {
  const runs = DIGITS.test(token) ? (token.match(/[0-9]+/g) ?? []) : [];
  return runs.some((run) => [1, -1].some((step) => countsBy(run, step)));
}

function countsBy(run: string, step: number): boolean {
  let length = 1;
  for (let at = 1; at < run.length && length < SHORT; at += 1) {
    length = (Number(run[at]) - Number(run[at - 1]) - step) % 10 === 0 ? length + 1 : 1;
  }
  return length >= SHORT;
}

/** The number of characters of the kinds that a token has. */
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
/** Few random tokens have as many. Letters in the pattern would take 0.4 s more for a million (Bun 1.4.5). */
const DIGITS = /[0-9]{16}/;
const MIN_BITS = 64;
/** Digits in 64 bits. */
const LONG = 20;

/**
 * Six different characters, with repeats of earlier ones between them. A pattern, because reading single characters
 * copies each token out of the text of the file: 80 MB for a million (Bun 1.4.5).
 */
const VARIED = new RegExp(
  [
    "^(.)",
    ...["\\1", "\\1|\\2", "\\1|\\2|\\3", "\\1|\\2|\\3|\\4", "\\1|\\2|\\3|\\4|\\5"].map(
      (seen) => `(?:${seen})*(?!${seen})(.)`,
    ),
  ].join(""),
);
