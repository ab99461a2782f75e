import { expect, spyOn, test } from "bun:test";
import { runUntilStopped } from "../../src/server/lifetime.ts";
import { CONFIG, LIFETIME, notedServer, stopped } from "../support/noted-server.ts";
import { tidyProcessEvents } from "../support/process-events.ts";

tidyProcessEvents();

test.each(["SIGTERM", "SIGINT"] as const)("runUntilStopped() resolves to 0 after %s", async (signal) => {
  const { server, notes } = notedServer();
  const ended = runUntilStopped(server, LIFETIME, () => CONFIG);
  process.emit(signal, signal);
  expect(await ended).toBe(0);
  expect(notes).toEqual(stopped(signal, 0));
});

test("runUntilStopped() stops without a drain at SIGHUP where the terminal has gone, and reloads before", async () => {
  const { server, notes, observed } = notedServer();
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
  const { server, notes } = notedServer();
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

test("runUntilStopped() resolves to 1 where requests were cut off", async () => {
  const { server, notes } = notedServer(2);
  const ended = runUntilStopped(server, LIFETIME, () => CONFIG);
  process.emit("SIGTERM", "SIGTERM");
  expect(await ended).toBe(1);
  expect(notes).toEqual(stopped("SIGTERM", 2));
});

test.each(["SIGTERM", "SIGINT"] as const)(
  "runUntilStopped() drains after SIGTERM alone: %s",
  async (signal) => {
    const { server, notes } = notedServer();
    const drains = { ...LIFETIME, stop: { drain: 1, deadline: 7 } };
    const ended = runUntilStopped(server, drains, () => CONFIG);
    process.emit(signal, signal);
    await ended;
    const drained = [{ kind: "draining", signal, milliseconds: 1 }, "drain"];
    expect(notes).toEqual([...(signal === "SIGTERM" ? drained : []), ...stopped(signal, 0)]);
  },
);

test("runUntilStopped() reports what is thrown outside of every request, and goes on", async () => {
  const { server, notes } = notedServer();
  const ended = runUntilStopped(server, LIFETIME, () => CONFIG);
  const fault = new Error("uncaught");
  process.emit("uncaughtException", fault);
  process.emit("SIGINT", "SIGINT");
  await ended;
  expect(notes).toEqual([{ kind: "uncaught", fault }, ...stopped("SIGINT", 0)]);
});

test("runUntilStopped() ends the process at a second signal", async () => {
  const ends = Promise.withResolvers<number>();
  const exit = spyOn(process, "exit").mockImplementation(((code: number) => ends.resolve(code)) as never);
  const { server } = notedServer();
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
