import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { mintToken } from "../../src/tokens/minted-token.ts";
import { digestToken } from "../../src/tokens/token.ts";
import { LIMITS } from "../../src/limits.ts";
import { contentOf } from "../support/answer-of.ts";
import { configWith, folderWith, run, start } from "../support/program.ts";

const SHA256 = digestToken(mintToken()).toHex();

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
    const unopenable = configWith({ host: "192.0.2.1", allowed_tokens: [{ sha256: SHA256 }] });
    expect(checked({ server: { ...unopenable.server, admin: { unix: "/no/folder.sock" } } })).toEqual({
      code: 1,
      out: "",
      err:
        "warning: config.json:1:27: server.http.host is not a loopback address, so tokens cross the network in plain text; set server.http.tls or put a TLS proxy in front\n" +
        "config.json:1:27: server.http.host 192.0.2.1 is not an address of this machine; set one of its own, or 0.0.0.0 for all\n" +
        "config.json:1:162: server.admin.unix /no/folder.sock can't be created: its folder doesn't exist; create it or set another path\n",
    });
  });

  test("warns of tokens that are in the store too, and of a store that can't be used, and creates none", async () => {
    const folder = folderWith({
      "config.json": { server: { http: { port: 0, token_store: "sqlite:t.db" } } },
    });
    expect(run(["check"], folder)).toMatchObject({ code: 0, err: "" });
    expect(existsSync(join(folder, "t.db"))).toBe(false);
    const token = run(["token", "create", "--user", "anna"], folder).out.trim();
    const allowed_tokens = [{ sha256: SHA256 }, { sha256: digestToken(token).toHex() }];
    const http = { port: 0, allowed_tokens, token_store: "sqlite:t.db" };
    const both = folderWith({
      "config.json": { server: { http: { ...http, token_store: `sqlite:${folder}/t.db` } } },
    });
    expect(run(["check"], both)).toMatchObject({
      code: 0,
      err: `warning: config.json:1:125: server.http.allowed_tokens[1] is in sqlite:${folder}/t.db too, as ${token.slice(3, 11)}; the record in the store decides\n`,
    });
    expect(
      checked({ server: { http } }, { "t.db": "not a database, as one can see. ".repeat(40) }),
    ).toMatchObject({
      code: 0,
      err: "warning: sqlite:t.db: not a SQLite database; name another file; until then the server accepts only the tokens of allowed_tokens\n",
    });
  });

  test("points at tokens in the file itself, and says what to put in their place", async () => {
    const [one, other, outside] = Array.from({ length: 3 }, mintToken);
    const config = {
      server: {
        http: {
          port: 0,
          allowed_tokens: [
            ...[one, "token1", { token: other, name: "anna" }, { sha256: SHA256 }],
            ...[{ file: "token" }, { token: { file: "token2" } }],
          ],
        },
      },
    };
    const files = { token: `${outside}\n`, token2: `${mintToken()}\n` };
    const plain = "is in plain text, so a copy of this file lets its reader in; replace it with";
    const { code, out, err } = checked(config, files);
    expect([code, err]).toEqual([
      0,
      "warning: config.json:1:111: server.http.allowed_tokens[1] is a public example; token-server init writes a random one\n" +
        `warning: config.json:1:47: server.http.allowed_tokens[0] ${plain} what token-server hash prints for it\n` +
        `warning: config.json:1:129: server.http.allowed_tokens[2].token ${plain} the sha256 that token-server hash prints for it\n`,
    ]);
    expect(out).toStartWith("config.json can be used.\n");
    const server = await start({ server: { http: { port: 0, allowed_tokens: [one, "token1"] } } });
    const { out: log } = await server.stop();
    expect(log).toContain("is a public example");
    expect(log).not.toContain("plain text");
  });

  test("points at as many tokens as problems are shown, and counts the rest", () => {
    const allowed_tokens = Array.from({ length: LIMITS.configProblems + 2 }, mintToken);
    const lines = checked(configWith({ allowed_tokens })).err.trimEnd().split("\n");
    expect(lines).toHaveLength(LIMITS.configProblems + 1);
    expect(lines.at(-2)).toContain(`allowed_tokens[${LIMITS.configProblems - 1}] is in plain text`);
    expect(lines.at(-1)).toBe("warning: config.json: and 2 more");
  });

  test("notes that a port is in use, and how to see by which program", async () => {
    const server = await start();
    const config = configWith({ port: server.port, allowed_tokens: [{ sha256: SHA256 }] });
    const { code, out, err } = checked(config);
    expect([code, err]).toEqual([
      0,
      `note: port ${server.port} on 127.0.0.1 is in use; unless token-server itself uses it, the server can't start; ss -ltnp 'sport = :${server.port}' shows which program does\n`,
    ]);
    expect(out).toStartWith("config.json can be used.\n");
    expect((await fetch(`${server.url}/ping`)).status).toBe(401);
    await server.stop();
    expect(checked(config)).toMatchObject({ code: 0, err: "" });
  });

  test("finds nothing wrong while the server runs, and leaves it alone", async () => {
    const http = { unix: "gate.sock", allowed_tokens: ["token1"] };
    const server = await start({ server: { http } });
    const example =
      "warning: config.json:1:57: server.http.allowed_tokens[0] is a public example; token-server init writes a random one\n";
    const note = `note: the Unix socket ${server.folder}/gate.sock is in use; unless token-server itself uses it, the server can't start\n`;
    expect(run(["check"], server.folder)).toMatchObject({ code: 0, err: example + note });
    const unix = join(server.folder, "gate.sock");
    expect(await contentOf("http://localhost/ping", { unix })).toBe('{"text":"pong","status":"success"}');
    await server.stop();
    expect(run(["check"], server.folder)).toMatchObject({ code: 0, err: example });
    expect(existsSync(join(server.folder, "gate.sock"))).toBeFalse();
  });
});
