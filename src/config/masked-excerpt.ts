import { LIMITS } from "../limits.ts";
import type { SettingType } from "../schema/schema.ts";
import { MASK } from "../schema/secrets.ts";
import { SETTINGS } from "./settings.ts";

/**
 * The line of a text around an offset, with a caret under it. In a text that is not JSON any word may be a token, so
 * every word but the names of settings is masked.
 */
export function maskedExcerpt(source: string, offset: number): string {
  const half = LIMITS.configExcerpt / 2;
  const lineStart = offset === 0 ? 0 : source.lastIndexOf("\n", offset - 1) + 1;
  const lineEnd = source.indexOf("\n", offset);
  // A line may be the whole of a large file, so only a part of it is read.
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

/** A name in quotation marks before a colon, or any run of characters without white space and punctuation. */
const WORD = /"([a-z0-9_]+)"(?=\s*:)|[^\s{}[\]:,"]+/g;
const FAR = 400;

/** The names of all settings, which are no tokens. */
const SETTING_NAMES: ReadonlySet<string> = new Set(namesOf(SETTINGS));

function namesOf({ properties = {}, element }: SettingType<unknown>): string[] {
  const below = Object.entries(properties).flatMap(([name, { type }]) => [name, ...namesOf(type)]);
  return element ? [...below, ...namesOf(element)] : below;
}
