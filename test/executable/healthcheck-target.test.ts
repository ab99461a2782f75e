import { describe, expect, test } from "bun:test";
import { AS_TOKEN1, answerOf } from "../support/answer-of.ts";
import { configWith, executable, folderWith, run, start } from "../support/program.ts";

describe("token-server healthcheck", () => {
  const asking = (config: object) => {
    const folder = folderWith({ "config.json": config });
    const { code, out, err } = run(["healthcheck"], folder);
    return { code, out, err };
  };

  test("sends nothing where the port is another one at each start", () => {
    expect(asking(configWith({ port: 0 }))).toEqual({
      code: 1,
      out: "",
      err: "unhealthy: server.http.port is 0, so the port changes at each start; set a port for healthcheck to ask\n",
    });
  });

  test("asks the health route, which shows when the server drains", async () => {
    const routes = [
      { path: "/ping", handler: "ping" },
      { path: "/state/*", handler: "health" },
    ];
    const open = { routes, exclude_routes: ["/state/*"] };
    const server = await start({ ...configWith(open), shutdown: { drain: 3600 } });
    const probe = configWith({ ...open, port: server.port });
    expect(asking(probe).out).toBe(`healthy: GET ${server.url}/state/ answered 200\n`);
    process.kill(server.pid, "SIGTERM");
    await server.wrote("asking clients to leave");
    expect(asking(probe)).toEqual({
      code: 1,
      out: "",
      err: `unhealthy: GET ${server.url}/state/ answered 503\n`,
    });
    expect(await answerOf(`${server.url}/ping`, AS_TOKEN1)).toMatchObject({
      status: 200,
      headers: { connection: "close" },
      content: '{"text":"pong","status":"success"}',
    });
    await server.stop();
  });

  test("asks the admin listener where there is one", async () => {
    const config = configWith({ allowed_tokens: [] });
    const server = await start({ ...config, server: { ...config.server, admin: { port: 0 } } });
    const [, port] = / and http:\/\/127.0.0.1:(\d+) /.exec(server.out()) ?? [];
    const probe = { ...config, server: { ...config.server, admin: { port: Number(port) } } };
    expect(asking(probe)).toEqual({
      code: 0,
      out: `healthy: GET http://127.0.0.1:${port}/healthz answered 200\n`,
      err: "",
    });
    await server.stop();
  });

  test.each([
    [
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
      "closed without an answer",
    ],
    ["nonsense\r\n\r\n", ""],
  ])("is not held by another program that answers %j", async (answer, told) => {
    using other = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: { data: (socket) => void socket.write(answer) },
    });
    const folder = folderWith({ "config.json": configWith({ port: other.port }) });
    const child = Bun.spawn([executable(), "healthcheck"], { cwd: folder, stderr: "pipe" });
    expect(await child.exited).toBe(1);
    expect(await new Response(child.stderr).text()).toContain(
      `unhealthy: http://127.0.0.1:${other.port}: ${told}`,
    );
  });

  test("is not healthy where the config can't be used, and says why", () => {
    expect(asking({ server: { http: {} } })).toEqual({
      code: 1,
      out: "",
      err: "config.json:1:19: server.http.allowed_tokens is missing; set it to a list of tokens, or set token_store instead\n",
    });
  });
});
