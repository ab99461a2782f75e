import { closeSync, fstatSync, openSync, readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { LIMITS } from "../limits.ts";
import { configOf, type Config } from "./config.ts";
import { JsonError, parseJson, type JsonText, type Path } from "../json/parse-json.ts";
import type { Report } from "../schema/schema.ts";
import { maskedExcerpt } from "./masked-excerpt.ts";
import { outsideValues, type Environment } from "../schema/references.ts";
import { permissionDenied } from "../schema/permission-denied.ts";
import { positions, problemLines, valueAt, withoutValues, type Problem } from "./problems.ts";
import { readAtMost } from "../schema/read-at-most.ts";
import { SETTING_NAMES, SETTINGS } from "./settings.ts";
import { quoteFile } from "../text/quote.ts";
import { configWarnings } from "./warnings.ts";

/** A config file can't be used. The message says all that is wrong with it, a line or more for each problem. */
export class ConfigError extends Error {
  constructor(
    message: string,
    /** The absolute names of the files that were read, or would have been: a change of one may mend it. */
    readonly files: readonly string[] = [],
  ) {
    super(message);
  }
}

/** Returns what the file has at a path: undefined where a default stands in, an object where it names a place. */
export type Given = (path: Path) => unknown;

/**
 * Reports what is wrong with settings in the light of others. What has a problem of its own is already reported, and
 * is missing from the config or replaced by a default.
 */
export type ConfigCheck = (config: Config, report: Report, given: Given) => void;

/**
 * Reads a config file and what it names: every setting, checked, with every default in its place. Throws a
 * ConfigError that names each problem with `file:line:column` and the setting's path, and never shows a token or
 * a value from outside of the file.
 */
export function loadConfig(file: string, check?: ConfigCheck, environment?: Environment): Config {
  return loadWholeConfig(file, check, environment).config;
}

/** The same, along with the JSON value as the file gives it, where secrets and their places still stand. */
export function loadWholeConfig(
  file: string,
  check: ConfigCheck = () => {},
  environment: Environment = process.env,
): { readonly config: Config; readonly given: unknown } {
  const { source, mode } = readSource(file);
  const json = parse(file, source);
  const problems: Problem[] = [];
  const report: Report = (path, text, of = "value") =>
    problems.push({ path, text, of, offset: json.offset(path, of) });
  for (const { path, offset } of json.duplicates) {
    // An unknown name may be a token.
    const unknown = path.findIndex((key) => typeof key === "string" && !SETTING_NAMES.has(key));
    const duplicate =
      unknown === -1
        ? { path, text: "is set twice" }
        : { path: path.slice(0, unknown), text: "has the same name twice" };
    problems.push({ ...duplicate, offset });
  }
  const outside = outsideValues(dirname(resolve(file)), environment, report);
  const values = SETTINGS.read(json.value, [], {
    report,
    outside: outside.read,
    root: SETTINGS.properties ?? {},
  });
  const given: Given = (path) => valueAt(json.value, path);
  const position = positions(file, source);
  const at = (path: Path) => position(json.offset(path));
  const config = values && configOf(values, [resolve(file), ...outside.files], at);
  if (config) {
    const reportSafe: Report = (path, text, of) => {
      const safe = withoutValues(text, path, outside.values);
      problems.push({ path, text: safe, offset: json.offset(path, of), fromCheck: true });
    };
    check(config, reportSafe, given);
  }
  const whole = { file, source, value: json.value, outside: outside.values };
  if (!config || problems.length > 0) {
    throw new ConfigError(problemLines(whole, problems).join("\n"), [resolve(file), ...outside.files]);
  }
  const found: Problem[] = [];
  const unshown = configWarnings(
    { config, given, outside: outside.values, mode, now: Date.now() },
    (path, text) => found.push({ path, text, offset: json.offset(path) }),
  );
  const warnings = found.length > 0 ? problemLines(whole, found, unshown) : [];
  return { config: { ...config, warnings }, given: json.value };
}

/** The text of a config file, and its permission bits where it is a regular file. */
function readSource(file: string): { readonly source: string; readonly mode: number | null } {
  try {
    // To open it would wait for somebody to write, and a server that reloads for as long would serve nobody.
    if (!file.startsWith("/dev/") && statSync(file).isFIFO()) {
      throw new ConfigError(`${quoteFile(file)}: a named pipe; name a file, or /dev/stdin`);
    }
    const fd = openSync(file, "r");
    try {
      const status = fstatSync(fd);
      const { size } = status;
      // A pipe has no size, and may never end.
      const source = size > LIMITS.configSize ? null : size > 0 ? readFileSync(fd, "utf8") : readPipe(fd);
      if (source === null)
        throw new ConfigError(`${quoteFile(file)}: longer than ${LIMITS.configSize} bytes, the maximum`);
      return { source: text(file, source), mode: status.isFile() ? status.mode & 0o777 : null };
    } finally {
      closeSync(fd);
    }
  } catch (fault) {
    if (fault instanceof ConfigError) throw fault;
    throw new ConfigError(unreadable(file, fault as NodeJS.ErrnoException));
  }
}

/** The text of a file, without the byte order mark that some editors put before it. */
function text(file: string, decoded: string): string {
  const source = decoded.startsWith(BYTE_ORDER_MARK) ? decoded.slice(1) : decoded;
  // What looks like it decodes to two replaced bytes, its byte order mark, or has a NUL beside each character.
  if (source.startsWith(REPLACED + REPLACED) || source.slice(0, 2).includes("\0"))
    throw new ConfigError(`${quoteFile(file)}: looks like UTF-16; save it as UTF-8`);
  const replaced = source.indexOf(REPLACED);
  if (replaced !== -1) {
    const at = positions(file, source)(replaced);
    throw new ConfigError(`${at}: not UTF-8, or the character U+FFFD; save it as UTF-8`);
  }
  if (/\S/.test(source)) return source;
  throw new ConfigError(`${quoteFile(file)} is empty; token-server init --config NEW.json writes a sample`);
}

/** All that a pipe or a device gives, or null if that is more than is read. */
function readPipe(fd: number): string | null {
  return readAtMost(fd, LIMITS.configSize)?.toString() ?? null;
}

function unreadable(named: string, fault: NodeJS.ErrnoException): string {
  const file = quoteFile(named);
  const whole = quoteFile(resolve(named));
  switch (fault.code) {
    case "ENOENT":
      return `${file}: no such file (looked for ${whole}); write one with token-server init, or name one with --config FILE.\nA minimal one:\n${MINIMAL}`;
    case "EACCES":
      return `${file}: ${permissionDenied()}`;
    case "EISDIR":
      return `${file}: a folder, not a file (${whole})`;
    default:
      return `${file}: can't be read (${fault.code ?? fault.message})`;
  }
}

function parse(file: string, source: string): JsonText {
  try {
    return parseJson(source);
  } catch (fault) {
    if (!(fault instanceof JsonError)) throw fault;
    const excerpt = maskedExcerpt(source, fault.offset);
    const at = positions(file, source)(fault.offset);
    throw new ConfigError(`${at}: not JSON: ${fault.message}\n${excerpt}`);
  }
}

const MINIMAL = `{ "server": { "http": { "allowed_tokens": ["<a long random token>"] } } }`;
/** What a decoder puts in the place of bytes that are not UTF-8. */
const REPLACED = "\ufffd";
const BYTE_ORDER_MARK = "\ufeff";
