import { expect, test } from "bun:test";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../../src/config/config-error.ts";
import type { Config } from "../../src/config/config.ts";
import { runUntilStopped } from "../../src/server/lifetime.ts";
import type { Server } from "../../src/server/server.ts";
import { watchFiles } from "../../src/server/watch-files.ts";
import { CONFIG, LIFETIME, lifetimeOf, notedServer, stopped } from "../support/noted-server.ts";
import { tidyProcessEvents } from "../support/process-events.ts";
import { SYSTEM_CLOCK } from "../../src/server/server.ts";
import { folderWith } from "../support/program.ts";
import { configOfTokens } from "../support/seed-config.ts";

tidyProcessEvents();

test("runUntilStopped() drains at once, whatever a reload takes, and stops as the new config says", async () => {
  const { server, notes } = notedServer();
  const next = configOfTokens(["token2"], { stop: { drain: 0, deadline: 9 } });
  const [started, running] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const slow: Server = {
    ...server,
    async reload(config) {
      started.resolve();
      await running.promise;
      await server.reload(config);
    },
    drain() {
      server.drain();
      running.resolve();
    },
  };
  const ended = runUntilStopped(slow, { ...LIFETIME, stop: { drain: 1, deadline: 7 } }, () => next);
  process.emit("SIGHUP", "SIGHUP");
  await started.promise;
  process.emit("SIGTERM", "SIGTERM");
  expect(await ended).toBe(0);
  expect(notes).toEqual([
    { kind: "draining", signal: "SIGTERM", milliseconds: 1 },
    "drain",
    "reload token2",
    { kind: "reloaded", tokens: 1 },
    ...stopped("SIGTERM", 0, 9),
  ]);
});

test("runUntilStopped() reloads at SIGHUP, and stops as the new config says", async () => {
  const { server, notes, observed } = notedServer();
  const next = configOfTokens(["token2"], { stop: { drain: 0, deadline: 9 } });
  const ended = runUntilStopped(server, LIFETIME, () => next);
  const reloaded = observed("reloaded");
  process.emit("SIGHUP", "SIGHUP");
  await reloaded;
  process.emit("SIGINT", "SIGINT");
  await ended;
  expect(notes).toEqual(["reload token2", { kind: "reloaded", tokens: 1 }, ...stopped("SIGINT", 0, 9)]);
});

test("runUntilStopped() reloads once more for all that is asked for while a reload runs", async () => {
  const { server, notes, observed } = notedServer();
  const running = Promise.withResolvers<void>();
  const read = Promise.withResolvers<void>();
  let reads = 0;
  const slow: Server = {
    ...server,
    async reload(config) {
      await running.promise;
      await server.reload(config);
    },
  };
  const ended = runUntilStopped(slow, LIFETIME, () => {
    reads += 1;
    read.resolve();
    return CONFIG;
  });
  process.emit("SIGHUP", "SIGHUP");
  await read.promise;
  for (let signal = 0; signal < 100; signal += 1) process.emit("SIGHUP", "SIGHUP");
  const reloaded = observed("reloaded");
  running.resolve();
  await reloaded;
  await observed("reloaded");
  process.emit("SIGINT", "SIGINT");
  await ended;
  expect(reads).toBe(2);
  expect(notes.filter((note) => note === "reload token1")).toHaveLength(2);
});

const failures: [string, () => Config, unknown[]][] = [
  [
    "a config that can't be used",
    () => {
      throw new ConfigError("config.json:1:1: one\nconfig.json:2:2: two");
    },
    [
      { kind: "problem", text: "config.json:1:1: one" },
      { kind: "problem", text: "config.json:2:2: two" },
    ],
  ],
  [
    "a fault of ours",
    () => configOfTokens([], { size: { maxSize: 0 } }),
    [{ kind: "uncaught", fault: new Error("a fault of ours") }],
  ],
];
test.each(failures)("runUntilStopped() reports %s and goes on", async (_, read, reported) => {
  const { server, notes, observed } = notedServer();
  const ended = runUntilStopped(server, LIFETIME, read);
  const failed = observed("reload_failed");
  process.emit("SIGHUP", "SIGHUP");
  await failed;
  process.emit("SIGINT", "SIGINT");
  expect(await ended).toBe(0);
  expect(notes).toEqual([...reported, { kind: "reload_failed" }, ...stopped("SIGINT", 0)]);
});

test("runUntilStopped() reads nothing more once it stops, and SIGHUP then ends nothing", async () => {
  const { server, notes, observed } = notedServer();
  const before = process.listenerCount("SIGHUP");
  const draining = observed("draining");
  let reads = 0;
  const ended = runUntilStopped(
    server,
    { ...LIFETIME, stop: { drain: 5, deadline: 7 } },
    () => ((reads += 1), CONFIG),
  );
  process.emit("SIGHUP", "SIGHUP");
  process.emit("SIGTERM", "SIGTERM");
  await draining;
  expect(process.listenerCount("SIGHUP")).toBeGreaterThan(before);
  process.emit("SIGHUP", "SIGHUP");
  expect(await ended).toBe(0);
  expect(reads).toBe(0);
  expect(notes).toContainEqual({ kind: "stopped", cut: 0 });
});

test("runUntilStopped() watches for the file whose absence was the problem", async () => {
  const folder = folderWith({});
  const missing = join(folder, "late");
  const { server, notes, observed } = notedServer();
  const read = () => {
    if (existsSync(missing)) return CONFIG;
    throw new ConfigError("config.json:1:1: needs the file late", [missing]);
  };
  const ended = runUntilStopped(server, { ...LIFETIME, watch: true }, read);
  const failed = observed("reload_failed");
  process.emit("SIGHUP", "SIGHUP");
  await failed;
  const reloaded = observed("reloaded");
  writeFileSync(missing, "");
  await reloaded;
  process.emit("SIGINT", "SIGINT");
  await ended;
  expect(notes).toContain("reload token1");
});

test("runUntilStopped() reloads when a watched file changes, for as long as the config says so", async () => {
  const folder = folderWith({ "config.json": "1" });
  const file = join(folder, "config.json");
  const watched = { ...CONFIG, watch: true, files: [file] };
  const { server, notes, observed } = notedServer();
  const ended = runUntilStopped(server, lifetimeOf(watched), () => CONFIG);
  const reloaded = observed("reloaded");
  writeFileSync(file, "2");
  await reloaded;
  const seen = Promise.withResolvers<void>();
  writeFileSync(file, "3");
  const end = watchFiles(
    [file],
    Date.now() - 1000,
    { changed: seen.resolve, missing: () => {} },
    SYSTEM_CLOCK,
  );
  await seen.promise;
  end();
  process.emit("SIGINT", "SIGINT");
  await ended;
  expect(notes.filter((note) => note === "reload token1")).toHaveLength(1);
});

test("runUntilStopped() reports a watched file that is gone, and keeps what was read from it", async () => {
  const folder = folderWith({ "config.json": "1", secret: "token1" });
  const files = [join(folder, "config.json"), join(folder, "secret")];
  const { server, notes, observed } = notedServer();
  const watched = { ...CONFIG, watch: true, files };
  const ended = runUntilStopped(server, { ...lifetimeOf(watched), readAt: Date.now() + 1000 }, () => CONFIG);
  const missing = observed("file_missing");
  rmSync(join(folder, "secret"));
  await missing;
  process.emit("SIGINT", "SIGINT");
  await ended;
  expect(notes).toEqual([{ kind: "file_missing", file: join(folder, "secret") }, ...stopped("SIGINT", 0)]);
});
