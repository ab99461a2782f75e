import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { answerOf } from "../support/answer-of.ts";
import { NO_NAME } from "../support/no-name.ts";
import { configWith, executable, folderWith, run, start } from "../support/program.ts";

describe("the executable says", () => {
  test("where it looked for a missing config and what a minimal one is", () => {
    const folder = folderWith({});
    const err = `config.json: no such file (looked for ${folder}/config.json); write one with token-server init, or name one with --config FILE.
A minimal one:
{ "server": { "http": { "allowed_tokens": ["<a long random token>"] } } }
`;
    expect(run([], folder)).toEqual({ code: 2, out: "", err });
  });

  test("every problem of a config at once, and listens nowhere", () => {
    const folder = folderWith({
      "c.json":
        '{\n "server": { "http": { "prot": 1, "allowed_tokens": ["a b"],\n  "exclude_routes": ["/x"] } } }',
    });
    const err = `c.json:2:24: unknown setting "prot" in server.http; did you mean "port"?
c.json:2:54: server.http.allowed_tokens[0] must be a token: one word of visible ASCII, was a string that contains white space
c.json:3:22: server.http.exclude_routes[0] must be the path of a route (/ping), was "/x"
`;
    expect(run(["--config", "c.json"], folder)).toEqual({ code: 2, out: "", err });
  });

  test("where a config is not JSON, without a word of it that could be a token", () => {
    const folder = folderWith({ "config.json": '{ "server": { "http": { "allowed_tokens": [s3cr3t] } } }' });
    const err = `config.json:1:44: not JSON: expected a value, found a word without quotation marks
  er": { "http": { "allowed_tokens": [***] } } }
                                      ^
`;
    expect(run([], folder)).toEqual({ code: 2, out: "", err });
  });

  test("nothing that a terminal would act on", () => {
    expect(run(["serv\x1b"]).err).toBe(
      'token-server: unknown command "serv\\u001b"; did you mean "serve"?\n',
    );
    expect(run(["--config", "\x1b[31m.json"]).err).toStartWith('"\\u001b[31m.json": no such file');
  });

  test("by its exit code that a disk is full, and nothing to a reader that is gone", () => {
    const full = Bun.spawnSync(["sh", "-c", '"$0" --help > /dev/full', executable()], { stderr: "pipe" });
    expect([full.exitCode, full.stderr.toString()]).toEqual([1, ""]);
    // The reader closes its end of the pipe before it opens the other one, which the writer waits for.
    const gone = 'mkfifo gone; (cat gone; "$0" --help; echo $? >&2) | (exec < /dev/null; : > gone)';
    const { stderr } = Bun.spawnSync(["sh", "-c", gone, executable()], {
      cwd: folderWith({}),
      stderr: "pipe",
    });
    expect(stderr.toString()).toBe("0\n");
  });

  test("no token of a config wherever it stands", () => {
    const configs = [
      '{"server":{"http":{"allowed_tokens":{"s3cr3t":"ann","s3cr3t":"bob"}}}}',
      '{"tokens":{"s3cr3t":1,"s3cr3t":2}}',
      '{"server":{"http":{"allowed_tokens":["s3cr3t"],"auth_scheme":"Token s3cr3t","exclude_routes":["s3cr3t"],"host":"s3cr3t@"}}}',
      '{"server":{"http":{"allowed_tokens":["s3cr3t"],"s3cr3t":1}},"log":{"format":"s3cr3t"}}',
    ];
    for (const config of configs) {
      const { code, out, err } = run([], folderWith({ "config.json": config }));
      expect([code, out]).toEqual([2, ""]);
      expect(err).toMatch(/^config\.json:1:/);
      expect(err).not.toContain("s3cr3t");
    }
  });

  test("that an endless config is too long", () => {
    const err = "/dev/zero: longer than 268435456 bytes, the maximum\n";
    expect(run(["--config", "/dev/zero"])).toEqual({ code: 2, out: "", err });
  });

  test("that a port is out of range, with every other problem, before it listens", () => {
    const config =
      '{ "server": { "http": { "port": 65536, "host": "127.0.0.1:80", "allowed_tokens": [] },\n"admin": { "port": -1 } } }';
    const err = `config.json:1:33: server.http.port must be a port from 0 to 65535, was 65536
config.json:1:48: server.http.host contains a port; write "127.0.0.1" and put 80 in server.http.port
config.json:2:20: server.admin.port must be a port from 0 to 65535, was -1
`;
    const folder = folderWith({ "config.json": config });
    for (const args of [[], ["check"]]) expect(run(args, folder)).toEqual({ code: 2, out: "", err });
  });

  test("in one sentence why it can't listen", async () => {
    const server = await start();
    const text = (http: object) => run([], folderWith({ "config.json": configWith(http) }));
    const taken = `config.json:1:46: server.http.port ${server.port} on 127.0.0.1 is taken by another program; ss -ltnp 'sport = :${server.port}' shows which; stop it or set another port\n`;
    expect(text({ port: server.port })).toEqual({ code: 1, out: "", err: taken });
    const host = `config.json:1:27: server.http.host ${NO_NAME} can't be resolved; set a name or an address of this machine\n`;
    expect(text({ host: NO_NAME })).toEqual({ code: 1, out: "", err: host });
    await server.stop();
  });
});

describe("the executable", () => {
  test("runs nothing of the folder it is started in", async () => {
    const folder = folderWith({
      ".env": "NODE_ENV=test\nBUN_CONFIG_VERBOSE_FETCH=1\nTZ=Pacific/Kiritimati",
      "bunfig.toml": 'preload = ["./evil.ts"]\n[serve]\nport = 1',
      "evil.ts": 'console.log("EVIL"); process.exit(99);',
      "tsconfig.json": "{ not json",
      "package.json": "{ not json",
    });
    expect(run(["version"], folder)).toEqual({ code: 0, out: run(["version"]).out, err: "" });
  });

  test("keeps tokens out of its title and its arguments, and shows no development page", async () => {
    const server = await start(configWith({ allowed_tokens: ["s3cr3t"] }));
    const shown = ["cmdline", "comm", "environ"].map((file) =>
      readFileSync(join("/proc", String(server.pid), file), "latin1"),
    );
    const headers = { Authorization: "Token s3cr3t" };
    for (const init of [{}, { headers }, { headers, method: "PUT" }]) {
      for (const path of ["/ping", "/", "/_bun/client", "/src/main.ts", "/%ff"])
        shown.push(JSON.stringify(await answerOf(server.url + path, init)));
    }
    shown.push((await server.stop()).out);
    for (const text of shown) expect(text).not.toMatch(/s3cr3t|<html|Welcome to Bun|bun-dev|\.ts:\d/i);
  });
});
