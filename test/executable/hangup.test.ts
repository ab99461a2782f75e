import { expect } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { needing } from "../support/needing.ts";
import { contentOf } from "../support/answer-of.ts";
import { configWith, executable, folderWith, noted } from "../support/program.ts";
import { untilChanged } from "../support/until-changed.ts";

/** Starts a command in a terminal of its own, the server's folder its working directory. */
function inTerminal(command: readonly string[]) {
  const folder = folderWith({ "config.json": configWith() });
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
  return { folder, child, shows };
}

const needs = { "/dev/ptmx": existsSync("/dev/ptmx") };

needing(needs)("a server stops with its terminal, and reloads on SIGHUP while that is there", async () => {
  const { child, shows } = inTerminal([executable()]);
  await shows("listens on ");
  child.kill("SIGHUP");
  await shows("Reloaded, with 2 tokens");
  child.terminal?.close();
  expect(await child.exited).toBe(0);
});

needing(needs)("a server whose input is no terminal outlives the one it was started from", async () => {
  const { folder, child } = inTerminal(["sh", "-c", 'exec "$0" < /dev/null > log', executable()]);
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
});
