import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mintToken } from "../../src/tokens/token.ts";
import { AS_TOKEN1, answerOf, contentOf } from "../support/answer-of.ts";
import { configWith, executable, folderWith, run, start } from "../support/program.ts";

const PONG = '{"text":"pong","status":"success"}';

describe("token-server check", () => {
  const checked = (config: object, files: Record<string, string> = {}) =>
    run(["check"], folderWith({ ...files, "config.json": config }));

  test("shows every setting with its value, and no secret", () => {
    const tokens = ["s3cret", { file: "token" }];
    const { code, out, err } = checked(
      configWith({ allowed_tokens: tokens, auth_scheme: "Bearer", host: { file: "host" } }),
      { token: "s3cret-too\n", host: "127.0.0.1\n" },
    );
    expect(code).toBe(0);
    expect(out + err).not.toContain("s3cret");
    const lines = out.split("\n");
    expect(lines).toContain('server.http.host = {"file":"host"}');
    expect(lines).toContain("server.http.port = 0");
    expect(lines).toContain("server.http.request_max_size = 1048576 (default)");
    expect(lines).toContain("server.http.allowed_tokens = a list of 2");
    expect(lines).toContain('server.http.auth_scheme = "Bearer"');
    expect(lines).toContain("server.admin = nothing (default)");
    expect(lines).toContain("shutdown.drain = 0.5 (default)");
    expect(lines).toContain("watch = false (default)");
  });

  test("says all that is wrong and exits with 2, or with 1 for what the machine does not let it open", () => {
    expect(checked(configWith({ port: "x", host: 1 }))).toEqual({
      code: 2,
      out: "",
      err:
        "config.json:1:27: server.http.host must be a host name or an IP address, was 1\n" +
        'config.json:1:36: server.http.port must be a port from 0 to 65535, was "x"\n',
    });
    const unopenable = configWith({ host: "192.0.2.1", allowed_tokens: [mintToken()] });
    expect(checked({ server: { ...unopenable.server, admin: { unix: "/no/folder.sock" } } })).toEqual({
      code: 1,
      out: "",
      err:
        "warning: config.json:1:27: server.http.host is not a loopback address, so tokens cross the network in plain text; set server.http.tls or put a TLS proxy in front\n" +
        "config.json:1:27: server.http.host 192.0.2.1 is not an address of this machine; set one of its own, or 0.0.0.0 for all\n" +
        "config.json:1:130: server.admin.unix /no/folder.sock can't be created: its folder doesn't exist; create it or set another path\n",
    });
  });

  test("notes that a port is in use, and by whom as a rule", async () => {
    const server = await start();
    const config = configWith({ port: server.port, allowed_tokens: [mintToken()] });
    const { code, out, err } = checked(config);
    expect([code, err]).toEqual([
      0,
      `note: port ${server.port} on 127.0.0.1 is in use, by the running server as a rule; ss -ltnp 'sport = :${server.port}' shows which program\n`,
    ]);
    expect(out).toStartWith("config.json can be served.\n");
    expect((await fetch(`${server.url}/ping`)).status).toBe(401);
    await server.stop();
    expect(checked(config)).toMatchObject({ code: 0, err: "" });
  });

  test("finds nothing wrong while the server runs, and leaves it alone", async () => {
    const http = { unix: "gate.sock", allowed_tokens: ["token1"] };
    const server = await start({ server: { http } });
    const example =
      "warning: config.json:1:57: server.http.allowed_tokens[0] is a public example; token-server init writes a random one\n";
    const note = `note: the Unix socket ${server.folder}/gate.sock is in use, by the running server as a rule\n`;
    expect(run(["check"], server.folder)).toMatchObject({ code: 0, err: example + note });
    const unix = join(server.folder, "gate.sock");
    expect(await contentOf("http://localhost/ping", { unix })).toBe(PONG);
    await server.stop();
    expect(run(["check"], server.folder)).toMatchObject({ code: 0, err: example });
    expect(existsSync(join(server.folder, "gate.sock"))).toBeFalse();
  });
});

describe("token-server init", () => {
  test("writes a config.json that serves the one token it shows", async () => {
    const folder = folderWith({});
    const { code, out, err } = run(["init"], folder);
    const token = out.trim();
    expect(code).toBe(0);
    expect(out).toMatch(/^[\w-]{43}\n$/);
    expect(err).toBe(`Wrote config.json, which only this user may read. Its token:


Start the server, then send it a request from another terminal:

${executable()}
curl -H 'Authorization: Token ${token}' http://127.0.0.1:8000/ping
`);
    const file = join(folder, "config.json");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const config = JSON.parse(readFileSync(file, "utf8"));
    expect(config.server.http.allowed_tokens).toEqual([token]);
    config.server.http.port = 0;
    const server = await start(config);
    expect(await contentOf(`${server.url}/ping`, { headers: { Authorization: `Token ${token}` } })).toBe(
      PONG,
    );
    const ended = await server.stop();
    expect(ended.out + ended.err).not.toContain(token);
  });

  test("mints another token each time, and never touches a file that is there", () => {
    const folder = folderWith({ "config.json": "mine" });
    const one = run(["init", "--config", "one.json"], folder);
    const other = run(["init", "--config", "other.json"], folder);
    expect([one.code, other.code]).toEqual([0, 0]);
    expect(one.out).not.toBe(other.out);
    expect(one.err).toContain(`\n${executable()} --config one.json\n`);
    expect(run(["init"], folder)).toEqual({
      code: 1,
      out: "",
      err: "config.json already exists; not overwritten. Write another file with --config NEW.json\n",
    });
    expect(readFileSync(join(folder, "config.json"), "utf8")).toBe("mine");
    expect(run(["init", "--config", "no/folder.json"], folder)).toEqual({
      code: 1,
      out: "",
      err: "no/folder.json: its folder doesn't exist; create it\n",
    });
  });

  test("ends with commands that can be pasted, called by the name that it was started by", () => {
    const folder = folderWith({});
    symlinkSync(executable(), join(folder, "token-server"));
    const named = "Anna's config.json";
    const command = ["sh", "-c", './token-server init --config "$0"', named];
    const { stderr } = Bun.spawnSync(command, { cwd: folder, stderr: "pipe" });
    const [start = "", request] = stderr.toString().trimEnd().split("\n").slice(-2);
    expect(start).toBe("./token-server --config 'Anna'\\''s config.json'");
    expect(request).toMatch(/^curl -H 'Authorization: Token [\w-]{43}' http:\/\/127\.0\.0\.1:8000\/ping$/);
    const pasted = start.replace("--config", "check --config");
    const { exitCode, stdout } = Bun.spawnSync(["sh", "-c", pasted], { cwd: folder });
    expect(exitCode).toBe(0);
    expect(stdout.toString()).toStartWith(`"${named}" can be served.\n`);
  });
});

describe("token-server healthcheck", () => {
  const asking = (config: object) => {
    const folder = folderWith({ "config.json": config });
    const { code, out, err } = run(["healthcheck"], folder);
    return { code, out, err };
  };

  test("asks nobody where the port is another one at each start", () => {
    expect(asking(configWith({ port: 0 }))).toEqual({
      code: 1,
      out: "",
      err: "unhealthy: server.http.port is 0: it is another one at each start, and can't be asked\n",
    });
  });

  test("asks the route that tells of health, which says when the server drains", async () => {
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
      content: PONG,
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
      err: "config.json:1:19: server.http.allowed_tokens is missing; it must be a list of tokens\n",
    });
  });
});

describe("SIGHUP", () => {
  test("serves by the new config, keeps the old one where that is broken, and names what needs a restart", async () => {
    const server = await start(configWith());
    const file = join(server.folder, "config.json");
    const status = async (token: string) =>
      (await answerOf(`${server.url}/ping`, { headers: { Authorization: `Token ${token}` } })).status;
    const reload = async (config: unknown, told: string) => {
      writeFileSync(file, typeof config === "string" ? config : JSON.stringify(config));
      process.kill(server.pid, "SIGHUP");
      await server.wrote(told);
    };
    await reload(configWith({ allowed_tokens: ["token3"] }), "INFO: Reloaded, with 1 token\n");
    expect([await status("token1"), await status("token3")]).toEqual([403, 200]);
    await reload(
      '{ "server": { "http": { "port": "x", "allowed_tokens": [1] } } }',
      "ERROR: Reload failed; ",
    );
    expect(await status("token3")).toBe(200);
    expect(server.out()).toMatch(
      /ERROR: config.json:1:33: server.http.port must be .*\n.*ERROR: config.json:1:57: server.http.allowed_tokens\[0\] must be/,
    );
    await reload(configWith({ port: 1, host: "::1", allowed_tokens: [] }), "INFO: Reloaded, with 0 tokens\n");
    expect(await status("token3")).toBe(403);
    const { out, code } = await server.stop();
    expect(code).toBe(0);
    for (const setting of ["server.http.host", "server.http.port"]) {
      expect(out).toContain(`WARNING: ${setting} changed in the file; restart to apply it\n`);
    }
    expect(out).not.toMatch(/token[13]/);
  });
});
