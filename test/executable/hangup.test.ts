import { expect } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { needing } from "../support/needing.ts";
import { contentOf } from "../support/answer-of.ts";
import { inTerminal, TERMINAL_NEEDS } from "../support/in-terminal.ts";
import { configWith, executable, folderWith } from "../support/program.ts";
import { untilChanged } from "../support/until-changed.ts";

/** Starts a command in a terminal of its own, in a folder with a config.json. */
function start(command: readonly string[]) {
  const folder = folderWith({ "config.json": configWith() });
  return { folder, ...inTerminal(command, folder) };
}

needing(TERMINAL_NEEDS)(
  "a server stops with its terminal, and reloads on SIGHUP while that is there",
  async () => {
    const { child, shows } = start([executable()]);
    await shows("listens on ");
    child.kill("SIGHUP");
    await shows("Reloaded, with 2 tokens");
    child.terminal?.close();
    expect(await child.exited).toBe(0);
  },
);

needing(TERMINAL_NEEDS)(
  "a server whose input is no terminal outlives the one it was started from",
  async () => {
    const { folder, child } = start(["sh", "-c", 'exec "$0" < /dev/null > log', executable()]);
    const log = join(folder, "log");
    const written = () => (existsSync(log) ? readFileSync(log, "utf8") : "");
    const logs = (text: string) => untilChanged(folder, () => written().includes(text));
    await logs("listens on ");
    child.terminal?.close();
    await logs("Reloaded, with 2 tokens");
    const url = String(/http:\S+/.exec(written())?.[0]);
    expect(await contentOf(`${url}/ping`)).toBe('{"text":"pong","status":"success"}');
    child.kill("SIGTERM");
    expect(await child.exited).toBe(0);
  },
);
