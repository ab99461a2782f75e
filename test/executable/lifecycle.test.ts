import { describe, expect, test } from "bun:test";
import { closeSync, constants, existsSync, openSync } from "node:fs";
import { join } from "node:path";
import { needing } from "../support/needing.ts";
import { converse, exchange } from "../support/raw-socket.ts";
import { refused } from "../support/send.ts";
import { AS_TOKEN1, answerOf, contentOf } from "../support/answer-of.ts";
import { configWith, executable, folderWith, noted, ROOT, start } from "../support/program.ts";
import { untilChanged } from "../support/until-changed.ts";

const PONG = '{"text":"pong","status":"success"}';
/** The same server with routes that wait, fail and throw outside of a request: what `/ping` can't show. */
const WITH_SLOW_ROUTES = [process.execPath, join(ROOT, "test/support/slow-routes.ts")];
const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Token token1\r\n\r\n`;

describe("the executable", () => {
  test.each(["SIGTERM", "SIGINT"] as const)("stops on %s with exit code 0", async (signal) => {
    const server = await start();
    const { code, out } = await server.stop(signal);
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`INFO: ${signal}: stopping, 0 requests in flight\n.*INFO: Stopped\n$`));
    await expect(answerOf(server.url)).rejects.toThrow("Unable to connect");
  });

  test("is not held by an idle connection or half a head", async () => {
    const server = await start();
    const idle = converse(server.port, get("/ping"), () => false);
    const half = exchange(server.port, "GET /ping HTTP/1.1\r\nHost: a\r\nAuthor");
    await server.wrote("GET /ping 200");
    expect((await server.stop()).code).toBe(0);
    expect(await idle).toEndWith(PONG);
    expect(await half).toBe("");
  });
});

describe("a server with slow routes", () => {
  test("lets a request in flight finish after SIGINT, and takes no new one", async () => {
    const server = await start(configWith(), WITH_SLOW_ROUTES);
    const slow = contentOf(`${server.url}/until-stopped`);
    await server.wrote("-> Received UNTIL-STOPPED");
    const { code, out } = await server.stop("SIGINT");
    expect(await slow).toBe("stopped");
    expect(code).toBe(0);
    expect(out).toContain("SIGINT: stopping, 1 request in flight\n");
    expect(out).toContain("GET /until-stopped 200 ");
  });

  test("cuts off what is left at the deadline, says so, and exits with 1", async () => {
    const server = await start({ ...configWith(), shutdown: { drain: 0, deadline: 0.05 } }, WITH_SLOW_ROUTES);
    const stuck = exchange(server.port, get("/stuck"));
    await server.wrote("-> Received STUCK");
    const { code, out } = await server.stop();
    expect(code).toBe(1);
    expect(out).toContain("ERROR: Stopped, 1 request cut off\n");
    expect(await stuck).toBe("");
  });

  test("ends at once at a second signal", async () => {
    const server = await start(configWith(), WITH_SLOW_ROUTES);
    const stuck = exchange(server.port, get("/stuck"));
    await server.wrote("-> Received STUCK");
    const first = server.stop();
    await server.wrote("SIGINT: stopping");
    process.kill(server.pid, "SIGTERM");
    const { code, out } = await first;
    expect(code).toBe(1);
    expect(out).not.toContain("Stopped");
    expect(await stuck).toBe("");
  });

  test("logs a fault, a floating rejection and a throwing timer, and goes on", async () => {
    const server = await start(configWith(), WITH_SLOW_ROUTES);
    expect(await answerOf(`${server.url}/fault`, AS_TOKEN1)).toMatchObject(
      refused(500, "Internal server error", { connection: "close" }),
    );
    await contentOf(`${server.url}/stray`);
    await server.wrote("floating");
    await server.wrote("timer");
    expect(await contentOf(`${server.url}/ping`)).toBe(PONG);
    const { code, out } = await server.stop();
    expect(code).toBe(0);
    expect(out).toMatch(
      /\{server_logger\.access\}: ERROR: GET \/fault 500 \d+ us user [0-9a-f-]{36}: Error: the cause < at /,
    );
    expect(out).toMatch(/\{server_logger\}: ERROR: Uncaught error outside of any request: Error: floating/);
    expect(out).toMatch(/\{server_logger\}: ERROR: Uncaught error outside of any request: Error: timer/);
    expect(out).not.toContain("token1");
  });
});

describe("the output", () => {
  /** A server whose standard output is a named pipe, so that a test can close or ignore its other end. */
  async function onPipe() {
    const folder = folderWith({ "config.json": configWith() });
    const pipe = join(folder, "pipe");
    Bun.spawnSync(["mkfifo", pipe]);
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const child = Bun.spawn(["sh", "-c", 'exec "$0" > pipe', executable()], { cwd: folder, stderr: "pipe" });
    noted(child);
    const first = Bun.spawn(["sed", "/ listens on /q", pipe]);
    const read = await new Response(first.stdout).text();
    return { child, reader, url: String(/http:\S+/.exec(read)?.[0]) };
  }
  const askOften = async (url: string) => {
    const port = Number(new URL(url).port);
    const request = "GET /ping HTTP/1.1\r\nHost: a\r\nAuthorization: Token token1\r\n\r\n";
    const last = "GET /ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    for (let batch = 0; batch < 5; batch += 1) {
      expect((await exchange(port, request.repeat(1000) + last)).split("200 OK").length - 1).toBe(1000);
    }
  };

  test("that is closed neither blocks nor ends the server", async () => {
    const { child, reader, url } = await onPipe();
    closeSync(reader);
    await askOften(url);
    expect(await contentOf(`${url}/ping`)).toBe(PONG);
    child.kill("SIGTERM");
    expect(await child.exited).toBe(0);
    expect(await new Response(child.stderr).text()).toBe("");
  });

  needing({ "/dev/full": existsSync("/dev/full") })(
    "that goes to a full disk neither blocks nor ends the server",
    async () => {
      const folder = folderWith({ "config.json": configWith({ unix: "gate.sock" }) });
      const child = Bun.spawn(["sh", "-c", 'exec "$0" > /dev/full', executable()], {
        cwd: folder,
        stderr: "pipe",
      });
      noted(child);
      const unix = join(folder, "gate.sock");
      await untilChanged(folder, () => existsSync(unix));
      for (let request = 0; request < 3; request += 1) {
        expect(await contentOf("http://localhost/ping", { unix })).toBe(PONG);
      }
      child.kill("SIGINT");
      expect(await child.exited).toBe(0);
      expect(await new Response(child.stderr).text()).toBe("");
    },
  );

  test("that nobody reads neither blocks nor ends the server", async () => {
    const { child, reader, url } = await onPipe();
    await askOften(url);
    expect(await contentOf(`${url}/ping`)).toBe(PONG);
    child.kill("SIGTERM");
    expect(await child.exited).toBe(0);
    closeSync(reader);
    expect(await new Response(child.stderr).text()).toBe("");
  });
});
