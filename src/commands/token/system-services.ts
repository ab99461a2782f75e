import { readSync } from "node:fs";
import { loadConfig } from "../../config/load-config.ts";
import { openAdmin } from "../../stores/open-store.ts";
import { quoteFile } from "../../text/quote.ts";
import { UsageError } from "../check-arguments.ts";
import { readInputLine } from "../read-input-line.ts";
import { readWhole } from "./read-whole.ts";
import { systemAuthor } from "./system-user.ts";
import type { TokenServices } from "./token-services.ts";

/** The services of this process: its standard input and terminal, its user, and the store that a config names. */
export function systemServices(): TokenServices {
  return {
    async openAdmin(configFile, options) {
      const { tokenStore } = loadConfig(configFile).config;
      if (tokenStore !== null) return await openAdmin(tokenStore, options);
      throw new UsageError(
        `${quoteFile(configFile)} names no token store; ` +
          'set server.http.token_store, such as "sqlite:tokens.db"',
      );
    },
    now: () => Date.now(),
    author: systemAuthor,
    get terminals() {
      return { input: isTerminal(0), output: isTerminal(1), error: isTerminal(2) };
    },
    get colours() {
      const { NO_COLOR = "", TERM } = process.env;
      return NO_COLOR === "" && TERM !== "dumb";
    },
    async readToken(options) {
      try {
        return await readInputLine(options);
      } catch (fault) {
        throw unreadable("standard input", fault);
      }
    },
    readAnswer,
    async readFile(name, max) {
      try {
        return await readWhole(name, max);
      } catch (fault) {
        throw unreadable(name === "-" ? "standard input" : quoteFile(name), fault);
      }
    },
  };
}

/** Loaded on demand: an import would add 2.6 ms to the start of the server too (Bun 1.4.5). */
function isTerminal(fd: number): boolean {
  return process.getBuiltinModule("node:tty").isatty(fd);
}

/** Reads a typed line. It waits in the system call, so that every signal ends the process as usual. */
function readAnswer(): string | null {
  const line = Buffer.alloc(ANSWER_SIZE);
  const size = readSync(0, line);
  return size === 0 ? null : line.toString("utf8", 0, size);
}

function unreadable(source: string, fault: unknown): UsageError {
  const { code, message } = fault as NodeJS.ErrnoException;
  return new UsageError(`${source} ${REASONS[code ?? ""] ?? `can't be read (${code ?? message})`}`);
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "doesn't exist; name another file, or - for standard input",
  EISDIR: "is a folder; name a file",
  EACCES: "can't be read: permission denied",
};

/** Bytes of an answer: yes or no. */
const ANSWER_SIZE = 256;
