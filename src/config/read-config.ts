import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { resolve } from "node:path";
import { LIMITS } from "../limits.ts";
import { configOf, type Config } from "./config.ts";
import { JsonFault, readJson, type JsonText, type Path } from "./json-text.ts";
import type { Report } from "./kinds.ts";
import { maskedExcerpt } from "./masked-excerpt.ts";
import { shownText, shownWord } from "./shown-text.ts";
import { SETTING_NAMES, SETTINGS } from "./settings.ts";

/** A config file can't be used. The message says all that is wrong with it, a line or more for each problem. */
export class ConfigFault extends Error {}

/** Reports what is wrong with settings that are sound each by itself. */
export type ConfigCheck = (config: Config, report: Report) => void;

/**
 * Reads a config file: every setting, checked, with every fallback in its place. Throws a ConfigFault that
 * names each problem with `file:line:column` and the setting's path, and never shows a token.
 */
export function readConfig(file: string, check: ConfigCheck = () => {}): Config {
  const source = readSource(file);
  const json = parse(file, source);
  const problems: Problem[] = [];
  const report: Report = (path, text, of) => problems.push({ path, text, offset: json.offset(path, of) });
  for (const { path, offset } of json.doubles) {
    // What is no setting's name may be a token.
    const unknown = path.findIndex((key) => typeof key === "string" && !SETTING_NAMES.has(key));
    const double =
      unknown === -1
        ? { path, text: "is set twice" }
        : { path: path.slice(0, unknown), text: "has a name twice" };
    problems.push({ ...double, offset });
  }
  const values = SETTINGS.read(json.value, [], report);
  const config = values && configOf(values);
  if (config) check(config, report);
  if (!config || problems.length > 0)
    throw new ConfigFault(problemLines(file, source, json.value, problems).join("\n"));
  return config;
}

interface Problem {
  readonly path: Path;
  readonly text: string;
  readonly offset: number;
}

function readSource(file: string): string {
  try {
    const fd = openSync(file, "r");
    try {
      const { size } = fstatSync(fd);
      // A pipe has no size, and may never end.
      const source = size > LIMITS.configSize ? null : size > 0 ? readFileSync(fd, "utf8") : readPipe(fd);
      if (source === null)
        throw new ConfigFault(
          `${shownFile(file)}: is longer than ${LIMITS.configSize} bytes, the most that is read`,
        );
      if (source.includes(REPLACED))
        throw new ConfigFault(`${shownFile(file)}: is not UTF-8 text, or has the character U+FFFD in it`);
      return source.startsWith(BYTE_ORDER_MARK) ? source.slice(1) : source;
    } finally {
      closeSync(fd);
    }
  } catch (fault) {
    if (fault instanceof ConfigFault) throw fault;
    throw new ConfigFault(unreadable(file, fault as NodeJS.ErrnoException));
  }
}

/** All that a pipe or a device gives, or null if that is more than is read. */
function readPipe(fd: number): string | null {
  const chunks: Buffer[] = [];
  for (let size = 0; size <= LIMITS.configSize;) {
    const chunk = Buffer.allocUnsafe(65536);
    const read = readSync(fd, chunk);
    if (read === 0) return Buffer.concat(chunks).toString();
    chunks.push(chunk.subarray(0, read));
    size += read;
  }
  return null;
}

function unreadable(named: string, fault: NodeJS.ErrnoException): string {
  const file = shownFile(named);
  const whole = shownFile(resolve(named));
  switch (fault.code) {
    case "ENOENT":
      return `${file}: there is no such file (looked for ${whole}); name one with --config FILE.\nA minimal one:\n${MINIMAL}`;
    case "EACCES":
      return `${file}: may not be read by this user (${whole})`;
    case "EISDIR":
      return `${file}: is a folder, not a file (${whole})`;
    default:
      return `${file}: can't be read (${fault.code ?? fault.message})`;
  }
}

function parse(file: string, source: string): JsonText {
  try {
    return readJson(source);
  } catch (fault) {
    if (!(fault instanceof JsonFault)) throw fault;
    const { line, column } = position(source, fault.offset);
    const excerpt = maskedExcerpt(source, fault.offset);
    throw new ConfigFault(`${shownFile(file)}:${line}:${column}: not JSON: ${fault.message}\n${excerpt}`);
  }
}

function problemLines(file: string, source: string, whole: unknown, problems: readonly Problem[]): string[] {
  const tokens = tokensIn(whole);
  const hasToken = (text: unknown) =>
    typeof text === "string" && tokens.some((token) => text.includes(token));
  const inOrder = problems.toSorted((one, other) => one.offset - other.offset);
  const lines = inOrder.slice(0, LIMITS.configProblems).map(({ path, text, offset }) => {
    const { line, column } = position(source, offset);
    const name = settingName(
      path.map((key) => (!SETTING_NAMES.has(String(key)) && hasToken(key) ? "***" : key)),
    );
    const value = valueAt(whole, path);
    const shown = hasToken(value) && text.includes(shownText(String(value)));
    const safe = shown ? text.replace(/, was .*$/s, ", was a text with a token in it") : text;
    return `${shownFile(file)}:${line}:${column}: ${name} ${safe}`;
  });
  const more = problems.length - lines.length;
  return more > 0 ? [...lines, `${shownFile(file)}: and ${more} more`] : lines;
}

/** The tokens of a file, sound or not, so that a message can leave them out wherever they stand. */
function tokensIn(whole: unknown): string[] {
  const tokens = valueAt(whole, ["server", "http", "allowed_tokens"]);
  return (Array.isArray(tokens) ? tokens : [tokens]).filter(
    (token) => typeof token === "string" && token !== "",
  );
}

function valueAt(whole: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<string | number, unknown> | undefined)?.[key],
    whole,
  );
}

/** `server.http.allowed_tokens[1]` */
function settingName(path: Path): string {
  const name = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${shownWord(key)}`)).join("");
  return name === "" ? "the file" : name.replace(/^\./, "");
}

/** Line and column count from 1; a column is a UTF-16 code unit, as editors count them. */
function position(source: string, offset: number): { line: number; column: number } {
  let line = 1;
  let start = 0;
  for (let end = source.indexOf("\n"); end !== -1 && end < offset; end = source.indexOf("\n", start)) {
    line += 1;
    start = end + 1;
  }
  return { line, column: offset - start + 1 };
}

/** A file name, whole, so that it can be copied from a message. */
function shownFile(file: string): string {
  return shownWord(file, Infinity);
}

const MINIMAL = `{ "server": { "http": { "allowed_tokens": ["<a long random token>"] } } }`;
/** What a decoder puts in the place of bytes that are not UTF-8. */
const REPLACED = "\ufffd";
const BYTE_ORDER_MARK = "\ufeff";
