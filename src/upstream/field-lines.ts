import { LIMITS } from "../limits.ts";

/** The fields of a head, in order: names as they were sent, and values without leading and trailing white space. */
export type FieldLines = [name: string, value: string][];

/**
 * Parses the field lines of a head, in Latin-1, from `start` to the empty line that ends it. Returns null unless each line
 * is exactly a name, a colon, a value of visible characters, spaces and tabs, and this line ending (RFC 9112 5), or if there
 * are more than `LIMITS.answerFields`.
 *
 * Scans single characters, because regular expressions take twice as long, and one that skips white space before a value
 * may take quadratic time (Bun 1.4.5).
 */
export function fieldLines(text: string, start: number, ending: "\r\n" | "\n" = "\r\n"): FieldLines | null {
  const fields: FieldLines = [];
  let at = start;
  while (!isEnd(text, at, ending)) {
    if (fields.length === LIMITS.answerFields) return null;
    let colon = at;
    while (isA(NAME, text, colon)) colon += 1;
    if (colon === at || text.charCodeAt(colon) !== COLON) return null;
    const name = text.slice(at, colon);
    at = colon + 1;
    while (isA(SPACE, text, at)) at += 1;
    const first = at;
    let last = at;
    for (; isA(VALUE, text, at); at += 1) if (!isA(SPACE, text, at)) last = at + 1;
    if (!isEnd(text, at, ending)) return null;
    fields.push([name, text.slice(first, last)]);
    at += ending.length;
  }
  return at + ending.length === text.length ? fields : null;
}

/** Whether the text has this line ending here. */
function isEnd(text: string, at: number, ending: "\r\n" | "\n"): boolean {
  if (ending === "\n") return text.charCodeAt(at) === LF;
  return text.charCodeAt(at) === CR && text.charCodeAt(at + 1) === LF;
}

function isA(kind: number, text: string, at: number): boolean {
  return ((KINDS[text.charCodeAt(at)] ?? 0) & kind) !== 0;
}

const [NAME, VALUE, SPACE] = [1, 2, 4] as const;
const [LF, CR, COLON] = [10, 13, 58] as const;
/** The kinds that each byte of a head belongs to. Not made with regular expressions: to compile them takes 1 MB (Bun 1.4.5). */
const KINDS = new Uint8Array(256);
KINDS.fill(VALUE, 0x20, 0x7f).fill(VALUE, 0x80);
for (const white of "\t ") KINDS[white.charCodeAt(0)] = VALUE | SPACE;
for (const tchar of "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
  KINDS[tchar.charCodeAt(0)] = NAME | VALUE;
}
