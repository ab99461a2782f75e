import { LIMITS } from "../../limits.ts";
import { mintedHandle } from "../../tokens/minted-token.ts";
import { digestProblem, digestToken, tokenProblem, type Digest } from "../../tokens/token.ts";
import { tokenWeakness, WEAKNESS_TEXTS } from "../../tokens/weak-token.ts";
import { digestList } from "./digest-list.ts";

/** The tokens of a file, one a line, as digests only. */
export interface TokenLines {
  readonly size: number;
  digest(at: number): Digest;
  /** The handle of a minted token; null for another one, and for a digest. */
  handle(at: number): string | null;
  /** The line with a digest, from 1; null if none has it. */
  lineOf(digest: Digest): number | null;
}

/** What is wrong with a line, from 1, as in "the token is empty". */
export interface LineProblem {
  readonly line: number;
  readonly text: string;
}

/**
 * Parses a file of tokens, one a line, each plain or as `sha256:` and 64 hexadecimal digits. Problems show no token. It
 * stops after `LIMITS.importProblems` of them: then the file holds something else.
 */
export function parseTokenLines(content: Uint8Array) {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const digests = digestList();
  const handles: (string | null)[] = [];
  const lines: number[] = [];
  const lineOf = (digest: Digest) => lines[digests.placeOf(digest)] ?? null;
  const linesOfHandles = new Map<string, number>();
  const problems: LineProblem[] = [];
  const weak: LineProblem[] = [];
  let weakCount = 0;

  const problemOf = (text: string, line: number): string | null => {
    const given = DIGEST_PREFIX.test(text) ? text.slice(text.indexOf(":") + 1) : null;
    const wrong = given === null ? wrongToken(text) : digestProblem(given);
    if (wrong !== null) return `the ${given === null ? "token" : "digest"} ${wrong}`;
    const digest = given === null ? digestToken(text) : Uint8Array.fromHex(given);
    const handle = given === null ? mintedHandle(text) : null;
    const first = lineOf(digest);
    if (first !== null) return `the token is the same as in line ${first}`;
    const namesake = handle === null ? undefined : linesOfHandles.get(handle);
    if (namesake !== undefined) return `the token has the same handle as the one in line ${namesake}`;
    if (handle !== null) linesOfHandles.set(handle, line);
    digests.add(digest);
    handles.push(handle);
    lines.push(line);
    const weakness = given === null ? tokenWeakness(text) : null;
    if (weakness !== null) {
      weakCount += 1;
      if (weakCount <= LIMITS.importWarnings)
        weak.push({ line, text: `the token ${WEAKNESS_TEXTS[weakness]}` });
    }
    return null;
  };

  for (let start = 0, line = 1; start < bytes.length && problems.length < LIMITS.importProblems; line += 1) {
    const feed = bytes.indexOf(LINE_FEED, start);
    const end = feed < 0 ? bytes.length : feed;
    // Latin-1, so that bytes that are not ASCII stay visible as such.
    const text = bytes
      .toString("latin1", start, Math.min(end, start + LIMITS.tokenInput + 2))
      .replace(/\r$/, "");
    const wrong = problemOf(text, line);
    if (wrong !== null) problems.push({ line, text: wrong });
    start = end + 1;
  }

  const tokens: TokenLines = {
    size: digests.size,
    digest: digests.at,
    handle: (at) => handles[at] ?? null,
    lineOf,
  };
  return { tokens, problems, weak, weakCount };
}

function wrongToken(text: string): string | null {
  return text.length > LIMITS.tokenInput ? "is too long" : tokenProblem(text);
}

/** In either case of letters: as a plain token, `SHA256:` and a digest would be one that nobody has. */
const DIGEST_PREFIX = /^sha256:/i;
const LINE_FEED = 0x0a;
