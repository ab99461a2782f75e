import { LIMITS } from "../limits.ts";
import type { SettingType } from "../schema/schema.ts";
import { MASK } from "../schema/secrets.ts";
import { SETTINGS } from "./settings.ts";

/**
 * The line of a text around an offset, with a caret under it. Where a text is not JSON nobody can say which of
 * its words are tokens, so every word that is not the name of a setting is shown as three asterisks.
 */
export function maskedExcerpt(source: string, offset: number): string {
  const half = LIMITS.configExcerpt / 2;
  const lineStart = offset === 0 ? 0 : source.lastIndexOf("\n", offset - 1) + 1;
  const lineEnd = source.indexOf("\n", offset);
  // A line may be the whole of a large file: what is far off is not looked at.
  const before = source.slice(Math.max(lineStart, offset - FAR), offset);
  const after = source.slice(offset, Math.min(lineEnd === -1 ? source.length : lineEnd, offset + FAR));
  const shownBefore = masked(before).slice(-half);
  return (
    `  ${shownBefore}${masked(after).slice(0, half)}`.trimEnd() + `\n  ${" ".repeat(shownBefore.length)}^`
  );
}

function masked(text: string): string {
  const words = text.replace(WORD, (word, name?: string) => {
    if (name === undefined) return MASK;
    return SETTING_NAMES.has(name) ? word : `"${MASK}"`;
  });
  return words.replace(/\s/g, " ");
}

/** A name in quotation marks, or whatever else is not white space or punctuation, within quotation marks or not. */
const WORD = /"([a-z_]+)"(?=\s*:)|[^\s{}[\]:,"]+/g;
const FAR = 400;

/** The names of all settings: words of a config file that are surely no tokens. */
const SETTING_NAMES: ReadonlySet<string> = new Set(namesOf(SETTINGS));

function namesOf({ properties = {}, element }: SettingType<unknown>): string[] {
  const below = Object.entries(properties).flatMap(([name, { type }]) => [name, ...namesOf(type)]);
  return element ? [...below, ...namesOf(element)] : below;
}
