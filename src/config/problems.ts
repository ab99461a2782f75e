import { LIMITS } from "../limits.ts";
import type { Path } from "../json/parse-json.ts";
import { isObject } from "../schema/schema.ts";
import { placeOf, sourceOf, type OutsideValues } from "../schema/references.ts";
import { SETTING_NAMES } from "./settings.ts";
import { quoteFile, quote, quoteWord } from "../text/quote.ts";

/** Something that is wrong with a config file: a text that follows the name of a setting. */
export interface Problem {
  readonly path: Path;
  readonly text: string;
  /** Where it stands in the file. */
  readonly offset: number;
  /** There is no setting of this name. */
  readonly of?: "value" | "name";
  /** Found by a check of all settings: the text may show any of them. */
  readonly fromCheck?: true;
}

/** A config file whose problems are reported. */
export interface Whole {
  readonly file: string;
  readonly source: string;
  readonly value: unknown;
  /** The values that stand outside of the file, each with the path of its setting. */
  readonly outside: OutsideValues["values"];
}

/**
 * A line or more for each problem, in the order of the file, without the tokens in it or from outside of it. `unshown`
 * counts what is not among them.
 */
export function problemLines(whole: Whole, problems: readonly Problem[], unshown = 0): string[] {
  const at = positions(whole.file, whole.source);
  const tokens = tokensOf(whole);
  const hasToken = (text: unknown): text is string =>
    typeof text === "string" && tokens.some((token) => text.includes(token));
  const inOrder = problems.toSorted((one, other) => one.offset - other.offset);
  const lines = inOrder.slice(0, LIMITS.configProblems).map(({ path, text, offset, of, fromCheck }) => {
    const safePath = path.map((key) => (!SETTING_NAMES.has(String(key)) && hasToken(key) ? MASK : key));
    const own = withoutTokens(text, path, valueAt(whole.value, path), hasToken);
    const safe = fromCheck ? withoutAny(tokens, own) : own;
    const subject = of === "name" ? unknownSetting(safePath) : `${settingName(safePath)} `;
    return `${at(offset)}: ${subject}${safe}`;
  });
  const more = problems.length - lines.length + unshown;
  return more > 0 ? [...lines, `${quoteFile(whole.file)}: and ${more} more`] : lines;
}

/** What a check says of a setting, without the values from outside, which it may show of other settings too. */
export function withoutValues(text: string, path: Path, outside: OutsideValues["values"]): string {
  return outside.reduce((safe, { path: at, text: value, source }) => {
    const own = startsWith(at, path) && isShown(value, safe);
    return masked(own ? safe.replace(WAS, `, was what ${source} holds`) : safe, value);
  }, text);
}

function withoutTokens(
  text: string,
  path: Path,
  value: unknown,
  hasToken: (text: unknown) => text is string,
): string {
  const place = placeOf(value);
  const unnamed =
    place && hasToken(place.name)
      ? text.replaceAll(sourceOf(place), sourceOf({ ...place, name: MASK }))
      : text;
  // The type of a token shows none.
  if (startsWith(path, TOKENS) || !hasToken(value)) return unnamed;
  const was = isShown(value, unnamed)
    ? unnamed.replace(WAS, ", was a string that contains a token")
    : unnamed;
  return masked(was.replace(INSTEAD, ""), value);
}

/** The longest first: one may be the beginning of another. */
function withoutAny(tokens: readonly string[], text: string): string {
  return tokens
    .filter((token) => token.length >= TELLING && text.includes(token))
    .toSorted((one, other) => other.length - one.length)
    .reduce((safe, token) => safe.replaceAll(token, MASK), text);
}

/** The tokens, sound or not, so that a message can leave them out wherever they stand. */
function tokensOf({ value, outside }: Whole): string[] {
  const inside = valueAt(value, TOKENS);
  const all = [
    ...(Array.isArray(inside) ? inside.flatMap(wordsOf) : [inside]),
    ...outside.filter(({ path }) => startsWith(path, TOKENS)).map(({ text }) => text),
  ];
  return all.filter((token): token is string => typeof token === "string" && token !== "");
}

/** What may be the token of an entry: in an object of unknown properties, the name of one as well. */
function wordsOf(entry: unknown): readonly unknown[] {
  if (!isObject(entry)) return [entry];
  return Object.entries(entry).flatMap(([name, word]) => {
    if (NO_TOKENS.has(name)) return [];
    return name.length < TELLING ? [word] : [name, word];
  });
}

function startsWith(path: Path, start: Path): boolean {
  return start.every((key, index) => key === path[index]);
}

function isShown(value: string, text: string): boolean {
  return text.includes(quote(value)) || text.includes(JSON.stringify(value));
}

function masked(text: string, value: string): string {
  const forms = [quote(value), JSON.stringify(value), value];
  return forms.reduce((safe, form) => safe.replaceAll(form, MASK), text);
}

/** The value at a path of a JSON value, or undefined where the path leads nowhere. */
export function valueAt(whole: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<string | number, unknown> | undefined)?.[key],
    whole,
  );
}

/** `unknown setting "prot" in server.http` */
function unknownSetting(path: Path): string {
  const group = path.slice(0, -1);
  return `unknown setting ${quote(String(path.at(-1)))}${group.length > 0 ? ` in ${settingName(group)}` : ""}`;
}

/** `server.http.allowed_tokens[1]` */
function settingName(path: Path): string {
  const name = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${quoteWord(key)}`)).join("");
  return name === "" ? "the file" : name.replace(/^\./, "");
}

/**
 * Says where an offset of a file is: `config.json:1:27`. Line and column count from 1; a column is a UTF-16 code unit,
 * as editors count them. Offsets in ascending order are found in one pass: there may be a million lines.
 */
export function positions(file: string, source: string): (offset: number) => string {
  const shown = quoteFile(file);
  let line = 1;
  let start = 0;
  return (offset) => {
    if (offset < start) [line, start] = [1, 0];
    for (
      let end = source.indexOf("\n", start);
      end !== -1 && end < offset;
      end = source.indexOf("\n", start)
    ) {
      line += 1;
      start = end + 1;
    }
    return `${shown}:${line}:${offset - start + 1}`;
  };
}

/** What shows the value in "must be ..., was ...". */
const WAS = /, was .*$/s;
/** What shows a part of the value in "contains a port; write ...". */
const INSTEAD = /; write .*$/s;
/** Shorter tokens may be a part of any word, and are no secrets. */
const TELLING = 8;
const MASK = "***";
/** Properties of an entry in TOKENS that hold no token. */
const NO_TOKENS: ReadonlySet<string> = new Set(["name", "env", "file"]);
/** The path of the tokens. */
export const TOKENS: Path = ["server", "http", "allowed_tokens"];
