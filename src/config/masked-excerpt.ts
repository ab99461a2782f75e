import { LIMITS } from "../limits.ts";
import type { Kind } from "./kinds.ts";
import { SETTINGS } from "./settings.ts";

/**
 * The line of a text around an offset, with a caret under it. Where a text is not JSON nobody can say which of
 * its words are tokens, so every word that is not the name of a setting is shown as asterisks.
 */
export function maskedExcerpt(source: string, offset: number): string {
  const half = LIMITS.configExcerpt / 2;
  const lineStart = offset === 0 ? 0 : source.lastIndexOf("\n", offset - 1) + 1;
  const lineEnd = source.indexOf("\n", offset);
  const line = source.slice(lineStart, lineEnd === -1 ? undefined : lineEnd).replace(/\r$/, "");
  const column = offset - lineStart;
  // Masked before it is cut, so that no part of a word passes for another word.
  const from = Math.max(0, column - half);
  const shown = masked(line).slice(from, column + half);
  return `  ${shown}`.trimEnd() + `\n  ${" ".repeat(column - from)}^`;
}

function masked(line: string): string {
  return line.replace(/[^\s{}[\]:,"]+/g, (word) => (NAMES.has(word) ? word : "*".repeat(word.length)));
}

function namesOf(kind: Kind<unknown>): string[] {
  const own = Object.entries(kind.members ?? {});
  const below = own.flatMap(([name, setting]) => [name, ...namesOf(setting.kind)]);
  return kind.element ? [...below, ...namesOf(kind.element)] : below;
}

const NAMES: ReadonlySet<string> = new Set(namesOf(SETTINGS));
