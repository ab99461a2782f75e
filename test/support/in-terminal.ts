import { existsSync } from "node:fs";
import { noted } from "./program.ts";

/** What a test in a terminal needs, for `needing`. */
export const TERMINAL_NEEDS = { "/dev/ptmx": existsSync("/dev/ptmx") };

/** Starts a command in a terminal of its own. */
export function inTerminal(command: readonly string[], folder: string) {
  let out = "";
  let waiting = { text: "", resolve: () => {} };
  const decoder = new TextDecoder();
  const data = (_: Bun.Terminal, bytes: Uint8Array) => {
    out += decoder.decode(bytes, { stream: true });
    if (out.includes(waiting.text)) waiting.resolve();
  };
  const child = Bun.spawn([...command], { cwd: folder, terminal: { cols: 200, rows: 24, data } });
  noted(child);
  const shows = async (text: string) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting = { text, resolve };
    if (!out.includes(text)) await promise;
  };
  return { child, shows, shown: () => out };
}
