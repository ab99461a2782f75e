import { afterEach, expect, spyOn, test } from "bun:test";
import type { Config } from "../src/config/config.ts";
import { checkConfig, startServer, untilStopped } from "../src/server.ts";
import { exchange } from "./raw-socket.ts";

const CONFIG: Config = {
  listen: { host: "127.0.0.1", port: 0 },
  size: { maxSize: 1000 },
  auth: { scheme: "Token" },
  exclusions: { paths: [], methods: [] },
  tokens: { tokens: ["token1"] },
  log: { levels: [{ logger: "server_logger", level: "CRITICAL" }], format: "text" },
};
const EVENTS = ["SIGTERM", "SIGINT", "SIGHUP", "uncaughtException", "unhandledRejection"] as const;
const before = new Map(EVENTS.map((event) => [event, process.listeners(event as "SIGTERM")]));

afterEach(() => {
  for (const event of EVENTS) {
    for (const listener of process.listeners(event as "SIGTERM")) {
      if (!before.get(event)?.includes(listener)) process.off(event, listener);
    }
  }
});

test("startServer() serves what a config says, and untilStopped() gives 0 at a signal", async () => {
  const server = startServer(CONFIG);
  const ended = untilStopped(server);
  const answer = await fetch(`${server.listener.url}/ping`, { headers: { Authorization: "Token token1" } });
  expect([answer.status, await answer.text()]).toEqual([200, '{"text":"pong","status":"success"}']);
  expect((await fetch(`${server.listener.url}/ping`)).status).toBe(401);
  process.emit("SIGTERM", "SIGTERM");
  expect(await ended).toBe(0);
});

test("untilStopped() gives 1 where requests were cut off", async () => {
  const server = startServer(CONFIG, () => [
    { method: "GET", path: "/stuck", handler: () => new Promise(() => {}) },
  ]);
  const ended = untilStopped(server, 1);
  const port = Number(new URL(server.listener.url).port);
  const cut = exchange(port, "GET /stuck HTTP/1.1\r\nHost: a\r\nAuthorization: Token token1\r\n\r\n");
  while (server.listener.inFlight() === 0) await Bun.sleep(1);
  process.emit("SIGINT", "SIGINT");
  expect(await ended).toBe(1);
  expect(await cut).toBe("");
});

test("untilStopped() ends the process at a second signal", async () => {
  const ends = Promise.withResolvers<number>();
  const exit = spyOn(process, "exit").mockImplementation(((code: number) => ends.resolve(code)) as never);
  const server = startServer(CONFIG);
  const ended = untilStopped(server);
  process.emit("SIGTERM", "SIGTERM");
  await Promise.resolve();
  process.emit("SIGTERM", "SIGTERM");
  expect(await ends.promise).toBe(1);
  exit.mockRestore();
  await ended;
});

test("a fault outside of every request is observed and ends nothing", () => {
  const server = startServer(CONFIG);
  process.emit("uncaughtException", new Error("stray"));
  void server.listener.stop(0);
});

test("checkConfig() reports exclusions that can't be granted, where they stand", () => {
  const reported: unknown[] = [];
  const exclusions = { paths: ["/ping", "/x"], methods: ["OPTIONS"] };
  checkConfig({ ...CONFIG, exclusions }, (...fault) => reported.push(fault));
  expect(reported).toEqual([
    [["server", "http", "exclude_routes", 1], 'must be the path of a route (/ping), was "/x"'],
    [["server", "http", "exclude_methods", 0], "opens nothing: no route has the method OPTIONS"],
  ]);
});
