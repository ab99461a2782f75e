import { afterEach, expect, spyOn, test } from "bun:test";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../../src/config/config.ts";
import { ConfigError } from "../../src/config/config-error.ts";
import { readWithLifetime, runUntilStopped, type LifetimeOptions } from "../../src/server/lifetime.ts";
import { watchFiles } from "../../src/server/watch-files.ts";
import type { Observation } from "../../src/observations/observation.ts";
import type { Server } from "../../src/server/server.ts";
import { folderWith } from "../support/program.ts";
import { configOfTokens } from "../support/seed-config.ts";

const CONFIG = configOfTokens(["token1"], { stop: { drain: 0, deadline: 7 } });
const lifetimeOf = (config: Config): LifetimeOptions => readWithLifetime(() => config).lifetime;
const LIFETIME = lifetimeOf(CONFIG);
const EVENTS = ["SIGTERM", "SIGINT", "SIGHUP", "uncaughtException", "unhandledRejection"] as const;
const before = new Map(EVENTS.map((event) => [event, process.listeners(event as "SIGTERM")]));

afterEach(() => {
  for (const event of EVENTS) {
    for (const listener of process.listeners(event as "SIGTERM")) {
      if (!before.get(event)?.includes(listener)) process.off(event, listener);
    }
  }
});

/** A server that only notes what it is told, and the promise of what it tells next. */
function noted(cut = 0) {
  const notes: unknown[] = [];
  const waiting: { kind: string; resolve: () => void }[] = [];
  const server: Server = {
    url: "",
    inFlight: () => 3,
    observe(observation: Observation) {
      notes.push(observation);
      for (const { kind, resolve } of waiting) if (kind === observation.kind) resolve();
    },
    async reload(config) {
      if (config.size.maxSize === 0) throw new Error("a fault of ours");
      notes.push(`reload ${config.tokens.tokens}`);
      server.observe({ kind: "reloaded", tokens: 1 });
    },
    drain: () => void notes.push("drain"),
    stop: async (deadline) => (notes.push(`stop ${deadline}`), cut),
    closeLog: async () => void notes.push("close log"),
  };
  const observed = (kind: Observation["kind"]) =>
    new Promise<void>((resolve) => waiting.push({ kind, resolve }));
  return { server, notes, observed };
}

const stopped = (signal: string, cut: number, deadline = 7) => [
  { kind: "stopping", signal, inFlight: 3 },
  `stop ${deadline}`,
  { kind: "stopped", cut },
  "close log",
];

test.each(["SIGTERM", "SIGINT"] as const)("runUntilStopped() gives 0 after %s", async (signal) => {
  const { server, notes } = noted();
  const ended = runUntilStopped(server, LIFETIME, () => CONFIG);
  process.emit(signal, signal);
  expect(await ended).toBe(0);
  expect(notes).toEqual(stopped(signal, 0));
});

test("runUntilStopped() stops without a drain at SIGHUP where the terminal has gone, and reloads before", async () => {
  const { server, notes, observed } = noted();
  let gone = false;
  const ended = runUntilStopped(
    server,
    LIFETIME,
    () => CONFIG,
    () => gone,
  );
  const reloaded = observed("reloaded");
  process.emit("SIGHUP", "SIGHUP");
  await reloaded;
  gone = true;
  process.emit("SIGHUP", "SIGHUP");
  process.emit("SIGHUP", "SIGHUP");
  expect(await ended).toBe(0);
  expect(notes.slice(2)).toEqual(stopped("SIGHUP", 0));
});

test("runUntilStopped() stops where the terminal had gone before it listened for signals", async () => {
  const { server, notes } = noted();
  expect(
    await runUntilStopped(
      server,
      LIFETIME,
      () => CONFIG,
      () => true,
    ),
  ).toBe(0);
  expect(notes).toEqual(stopped("SIGHUP", 0));
});

test("runUntilStopped() gives 1 where requests were cut off", async () => {
  const { server, notes } = noted(2);
  const ended = runUntilStopped(server, LIFETIME, () => CONFIG);
  process.emit("SIGTERM", "SIGTERM");
  expect(await ended).toBe(1);
  expect(notes).toEqual(stopped("SIGTERM", 2));
});

test.each(["SIGTERM", "SIGINT"] as const)(
  "runUntilStopped() drains after SIGTERM alone: %s",
  async (signal) => {
    const { server, notes } = noted();
    const drains = { ...LIFETIME, stop: { drain: 1, deadline: 7 } };
    const ended = runUntilStopped(server, drains, () => CONFIG);
    process.emit(signal, signal);
    await ended;
    const drained = [{ kind: "draining", signal, milliseconds: 1 }, "drain"];
    expect(notes).toEqual([...(signal === "SIGTERM" ? drained : []), ...stopped(signal, 0)]);
  },
);

test("runUntilStopped() drains at once, whatever a reload takes, and stops as the new config says", async () => {
  const { server, notes } = noted();
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
  const { server, notes, observed } = noted();
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
  const { server, notes, observed } = noted();
  const running = Promise.withResolvers<void>();
  let reads = 0;
  const slow: Server = {
    ...server,
    async reload(config) {
      await running.promise;
      await server.reload(config);
    },
  };
  const ended = runUntilStopped(slow, LIFETIME, () => ((reads += 1), CONFIG));
  process.emit("SIGHUP", "SIGHUP");
  while (reads === 0) await Bun.sleep(0);
  for (let signal = 0; signal < 100; signal += 1) process.emit("SIGHUP", "SIGHUP");
  const reloaded = observed("reloaded");
  running.resolve();
  await reloaded;
  while (notes.length < 4) await Bun.sleep(0);
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
test.each(failures)("runUntilStopped() tells of %s and goes on", async (_, read, told) => {
  const { server, notes, observed } = noted();
  const ended = runUntilStopped(server, LIFETIME, read);
  const failed = observed("reload_failed");
  process.emit("SIGHUP", "SIGHUP");
  await failed;
  process.emit("SIGINT", "SIGINT");
  expect(await ended).toBe(0);
  expect(notes).toEqual([...told, { kind: "reload_failed" }, ...stopped("SIGINT", 0)]);
});

test("runUntilStopped() reads nothing more once it stops, and SIGHUP then ends nothing", async () => {
  const { server, notes } = noted();
  let reads = 0;
  const ended = runUntilStopped(
    server,
    { ...LIFETIME, stop: { drain: 5, deadline: 7 } },
    () => ((reads += 1), CONFIG),
  );
  process.emit("SIGHUP", "SIGHUP");
  process.emit("SIGTERM", "SIGTERM");
  await Bun.sleep(0);
  expect(process.listenerCount("SIGHUP")).toBeGreaterThan(before.get("SIGHUP")?.length ?? 0);
  process.emit("SIGHUP", "SIGHUP");
  expect(await ended).toBe(0);
  expect(reads).toBe(0);
  expect(notes).toContainEqual({ kind: "stopped", cut: 0 });
});

test("runUntilStopped() tells of what throws outside of every request, and goes on", async () => {
  const { server, notes } = noted();
  const ended = runUntilStopped(server, LIFETIME, () => CONFIG);
  const fault = new Error("stray");
  process.emit("uncaughtException", fault);
  process.emit("SIGINT", "SIGINT");
  await ended;
  expect(notes).toEqual([{ kind: "uncaught", fault }, ...stopped("SIGINT", 0)]);
});

test("runUntilStopped() watches for the file whose absence was the problem", async () => {
  const folder = folderWith({});
  const missing = join(folder, "late");
  const { server, notes, observed } = noted();
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
  const { server, notes, observed } = noted();
  const ended = runUntilStopped(server, lifetimeOf(watched), () => CONFIG);
  const reloaded = observed("reloaded");
  writeFileSync(file, "2");
  await reloaded;
  const seen = Promise.withResolvers<void>();
  writeFileSync(file, "3");
  const end = watchFiles([file], Date.now() - 1000, { changed: seen.resolve, missing: () => {} });
  await seen.promise;
  end();
  process.emit("SIGINT", "SIGINT");
  await ended;
  expect(notes.filter((note) => note === "reload token1")).toHaveLength(1);
});

test("runUntilStopped() tells of a watched file that is gone, and keeps what was read from it", async () => {
  const folder = folderWith({ "config.json": "1", secret: "token1" });
  const files = [join(folder, "config.json"), join(folder, "secret")];
  const { server, notes, observed } = noted();
  const watched = { ...CONFIG, watch: true, files };
  const ended = runUntilStopped(server, { ...lifetimeOf(watched), readAt: Date.now() + 1000 }, () => CONFIG);
  const missing = observed("file_missing");
  rmSync(join(folder, "secret"));
  await missing;
  process.emit("SIGINT", "SIGINT");
  await ended;
  expect(notes).toEqual([{ kind: "file_missing", file: join(folder, "secret") }, ...stopped("SIGINT", 0)]);
});

test("runUntilStopped() ends the process at a second signal", async () => {
  const ends = Promise.withResolvers<number>();
  const exit = spyOn(process, "exit").mockImplementation(((code: number) => ends.resolve(code)) as never);
  const { server } = noted();
  const stuck = Promise.withResolvers<number>();
  const ended = runUntilStopped({ ...server, stop: () => stuck.promise }, LIFETIME, () => CONFIG);
  process.emit("SIGTERM", "SIGTERM");
  await Promise.resolve();
  process.emit("SIGTERM", "SIGTERM");
  expect(await ends.promise).toBe(1);
  exit.mockRestore();
  stuck.resolve(1);
  await ended;
});
