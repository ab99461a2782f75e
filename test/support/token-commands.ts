import { command } from "../../src/commands/command.ts";
import { runCommand } from "../../src/commands/run-command.ts";
import { tokenCommands } from "../../src/commands/token/token-commands.ts";
import type { TokenServices } from "../../src/commands/token/token-services.ts";
import { StoreError } from "../../src/tokens/store-error.ts";
import { memoryAdmin } from "./memory-admin.ts";

/** When the tests of the token commands begin. */
export const START = Date.parse("2026-11-23T12:00:00Z");
/** Milliseconds of a day. */
export const DAY = 86_400_000;

/** What standard input, the terminal and the store are like in a test. */
export interface TokenSetting {
  /** What standard input holds. */
  input?: string;
  /** Whether all three are terminals. */
  terminal?: boolean;
  /** The answer typed to a question. */
  answer?: string | null;
  colours?: boolean;
  /** Why the store can't be opened. */
  fault?: Error;
}

/** The token commands over a store in memory that exists once something was created, and a clock that a test moves. */
export function tokenCommandsInMemory(setting: TokenSetting = {}) {
  const admin = memoryAdmin();
  const clock = { now: START };
  let exists = false;
  const opened: string[] = [];
  const services: TokenServices = {
    async openAdmin(config, { create }) {
      opened.push(config);
      if (setting.fault) throw setting.fault;
      exists ||= create;
      return exists ? admin : null;
    },
    now: () => clock.now,
    author: () => ({ by: "root", host: "box" }),
    get terminals() {
      const { terminal = false } = setting;
      return { input: terminal, output: terminal, error: terminal };
    },
    get colours() {
      return setting.colours ?? false;
    },
    async readToken({ prompt }) {
      if (setting.terminal) prompt(true);
      return (setting.input ?? "").replace(/\r?\n$/, "");
    },
    readAnswer: () => setting.answer ?? null,
    async readFile(name) {
      if (name !== "-") throw new StoreError(`no file ${name}`);
      return Buffer.from(setting.input ?? "");
    },
  };
  const serve = command({ name: "serve", about: "Serves.", options: {} }, async () => 0);
  const commands = [serve, ...tokenCommands(services)] as const;

  /** Runs a command and returns its code and what it wrote. */
  async function run(...args: readonly string[]) {
    const written = { out: "", err: "" };
    const output = {
      out: (text: string) => void (written.out += text),
      err: (text: string) => void (written.err += text),
    };
    return { code: await runCommand(["token", ...args], output, commands), ...written };
  }

  /** Creates a token and returns it with its handle. */
  async function create(...args: readonly string[]) {
    const { code, out, err } = await run("create", ...args);
    if (code !== 0) throw new Error(err);
    const token = out.trimEnd();
    return { token, handle: token.slice(3, 11) };
  }

  /** The stored token of a handle. */
  async function stored(handle: string) {
    const token = await admin.find(handle);
    if (token === null) throw new Error(`no token ${handle}`);
    return token;
  }

  return { admin, clock, setting, opened, run, create, stored };
}
