import { closeSync, fstatSync, openSync, readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { LIMITS } from "../limits.ts";
import { permissionDenied } from "../schema/permission-denied.ts";
import { readAtMost } from "../schema/read-at-most.ts";
import { positions } from "../text/positions.ts";
import { quoteFile } from "../text/quote.ts";
import { ConfigError } from "./config-error.ts";

/** A config file that was read. */
export interface ConfigFile {
  /** Its name as it was given. */
  readonly name: string;
  readonly text: string;
  /** Its permission bits; null where it is no regular file. */
  readonly mode: number | null;
}

/** Reads a config file, a pipe or a device of at most `LIMITS.configSize` bytes of UTF-8. Throws a ConfigError. */
export function readConfigFile(name: string): ConfigFile {
  try {
    // To open a named pipe blocks until somebody writes to it, and a server that reloads would serve nobody until then.
    if (!name.startsWith("/dev/") && statSync(name).isFIFO()) {
      throw new ConfigError(`${quoteFile(name)}: a named pipe; name a file, or /dev/stdin`);
    }
    const fd = openSync(name, "r");
    try {
      const stats = fstatSync(fd);
      const text = textOf(name, contentOf(fd, stats.size));
      return { name, text, mode: stats.isFile() ? stats.mode & 0o777 : null };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(unreadable(name, error as NodeJS.ErrnoException));
  }
}

/** What a file contains, or null if that is too much. */
function contentOf(fd: number, size: number): string | null {
  if (size > LIMITS.configSize) return null;
  // A pipe has no size, and may never end.
  return size > 0 ? readFileSync(fd, "utf8") : (readAtMost(fd, LIMITS.configSize)?.toString() ?? null);
}

/** The text of a file, without the byte order mark that some editors put before it. */
function textOf(name: string, content: string | null): string {
  const file = quoteFile(name);
  if (content === null) {
    throw new ConfigError(`${file}: longer than ${LIMITS.configSize} bytes, the maximum`);
  }
  const text = content.startsWith(BYTE_ORDER_MARK) ? content.slice(1) : content;
  // UTF-16 decodes to two replacement characters for its byte order mark, or has a NUL beside each character.
  if (text.startsWith(REPLACEMENT + REPLACEMENT) || text.slice(0, 2).includes("\0")) {
    throw new ConfigError(`${file}: looks like UTF-16; save it as UTF-8`);
  }
  const replaced = text.indexOf(REPLACEMENT);
  if (replaced !== -1) {
    const at = positions(name, text)(replaced);
    throw new ConfigError(`${at}: not UTF-8, or the character U+FFFD; save it as UTF-8`);
  }
  if (/\S/.test(text)) return text;
  throw new ConfigError(`${file} is empty; token-server init --config NEW.json writes a sample`);
}

function unreadable(name: string, error: NodeJS.ErrnoException): string {
  const file = quoteFile(name);
  const whole = quoteFile(resolve(name));
  switch (error.code) {
    case "ENOENT":
      return `${file}: no such file (looked for ${whole}); write one with token-server init, or name one with --config FILE.\nA minimal one:\n${MINIMAL}`;
    case "EACCES":
      return `${file}: ${permissionDenied()}`;
    case "EISDIR":
      return `${file}: a folder, not a file (${whole})`;
    default:
      return `${file}: can't be read (${error.code ?? error.message})`;
  }
}

const MINIMAL = `{ "server": { "http": { "allowed_tokens": ["<a long random token>"] } } }`;
/** What a decoder puts in the place of bytes that are not UTF-8. */
const REPLACEMENT = "\ufffd";
const BYTE_ORDER_MARK = "\ufeff";
