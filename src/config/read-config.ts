import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { LIMITS } from "../limits.ts";
import { configOf, type Config } from "./config.ts";
import { JsonFault, readJson, type JsonText, type Path } from "./json-text.ts";
import type { Report } from "./kinds.ts";
import { maskedExcerpt } from "./masked-excerpt.ts";
import { shownText } from "./shown-text.ts";
import { SETTINGS } from "./settings.ts";

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
  for (const { path, offset } of json.doubles) problems.push({ path, text: "is set twice", offset });
  const values = SETTINGS.read(json.value, [], report);
  const config = values && configOf(values);
  if (config) check(config, report);
  if (!config || problems.length > 0) throw new ConfigFault(problemLines(file, source, problems).join("\n"));
  return config;
}

interface Problem {
  readonly path: Path;
  readonly text: string;
  readonly offset: number;
}

function readSource(file: string): string {
  try {
    const { size } = statSync(file);
    if (size > LIMITS.configSize) {
      throw new ConfigFault(`${file}: is ${size} bytes long; at most ${LIMITS.configSize} are read`);
    }
    // An eighth of the time of a TextDecoder that fails by itself (Bun 1.4.5).
    const source = readFileSync(file, "utf8");
    if (source.includes(REPLACED)) throw new ConfigFault(`${file}: is not UTF-8 text`);
    return source.startsWith(BYTE_ORDER_MARK) ? source.slice(1) : source;
  } catch (fault) {
    if (fault instanceof ConfigFault) throw fault;
    throw new ConfigFault(unreadable(file, fault as NodeJS.ErrnoException));
  }
}

function unreadable(file: string, fault: NodeJS.ErrnoException): string {
  switch (fault.code) {
    case "ENOENT":
      return `${file}: there is no such file (looked for ${resolve(file)}); name one with --config FILE.\nA minimal one:\n${MINIMAL}`;
    case "EACCES":
      return `${file}: may not be read by this user (${resolve(file)})`;
    case "EISDIR":
      return `${file}: is a folder, not a file (${resolve(file)})`;
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
    throw new ConfigFault(`${file}:${line}:${column}: not JSON: ${fault.message}\n${excerpt}`);
  }
}

function problemLines(file: string, source: string, problems: readonly Problem[]): string[] {
  const inOrder = problems.toSorted((one, other) => one.offset - other.offset);
  const lines = inOrder.slice(0, LIMITS.configProblems).map(({ path, text, offset }) => {
    const { line, column } = position(source, offset);
    return `${file}:${line}:${column}: ${settingName(path)} ${text}`;
  });
  const more = problems.length - lines.length;
  return more > 0 ? [...lines, `${file}: and ${more} more`] : lines;
}

/** `server.http.allowed_tokens[1]` */
function settingName(path: Path): string {
  const name = path
    .map((key) =>
      typeof key === "number" ? `[${key}]` : `.${/^[\w$-]{1,64}$/.test(key) ? key : shownText(key)}`,
    )
    .join("");
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

const MINIMAL = `{ "server": { "http": { "allowed_tokens": ["<a long random token>"] } } }`;
/** What a decoder puts in the place of bytes that are not UTF-8. */
const REPLACED = "\ufffd";
const BYTE_ORDER_MARK = "\ufeff";
