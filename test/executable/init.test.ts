import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { contentOf } from "../support/answer-of.ts";
import { executable, folderWith, run, start } from "../support/program.ts";

describe("token-server init", () => {
  test("writes a config.json that serves the one token it shows", async () => {
    const folder = folderWith({});
    const { code, out, err } = run(["init"], folder);
    const token = out.trim();
    expect(code).toBe(0);
    expect(out).toMatch(/^ts_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}\n$/);
    expect(err)
      .toBe(`Wrote config.json and tokens.db, which only this user can read. The new token, which can't be shown again:


Start the server, then send it a request from another terminal:

${executable()}
curl -H 'Authorization: Token ${token}' http://127.0.0.1:8000/ping
`);
    const file = join(folder, "config.json");
    for (const one of ["config.json", "tokens.db"])
      expect(statSync(join(folder, one)).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).toSorted()).toEqual(["config.json", "tokens.db"]);
    const config = JSON.parse(readFileSync(file, "utf8"));
    expect(config.server.http).toEqual({
      host: "127.0.0.1",
      port: 8000,
      request_max_size: 1048576,
      token_store: "sqlite:tokens.db",
    });
    expect(readFileSync(join(folder, "tokens.db"), "latin1")).not.toContain(token.slice(12));
    config.server.http.port = 0;
    config.server.http.token_store = `sqlite:${folder}/tokens.db`;
    const server = await start(config);
    expect(await contentOf(`${server.url}/ping`, { headers: { Authorization: `Token ${token}` } })).toBe(
      '{"text":"pong","status":"success"}',
    );
    const ended = await server.stop();
    expect(ended.out).toMatch(/: GET \/ping 200 .* user me\n/);
    expect(ended.out + ended.err).not.toContain(token);
  });

  test("mints another token each time, and never touches a file that is there", () => {
    const folder = folderWith({ "config.json": "mine" });
    const one = run(["init", "--config", "one.json"], folder);
    const other = run(["init", "--config", "other.json"], folder);
    expect([one.code, other.code]).toEqual([0, 0]);
    expect(one.out).not.toBe(other.out);
    expect(one.err).not.toContain("note:");
    expect(other.err).toStartWith("note: tokens.db has a token already, accepted too\nWrote other.json and ");
    const { out } = run(["token", "list", "--config", "one.json", "--json"], folder);
    expect(JSON.parse(out).map(({ user }: { user: string }) => user)).toEqual(["me", "me"]);
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

  test("leaves no config where the store can't be used", () => {
    const folder = folderWith({
      "tokens.db": "no database, but long enough to be read as one. ".repeat(100),
    });
    expect(run(["init"], folder)).toEqual({
      code: 1,
      out: "",
      err: "sqlite:tokens.db: not a SQLite database; name another file\n",
    });
    expect(existsSync(join(folder, "config.json"))).toBe(false);
  });

  test("ends with commands that can be pasted, called by the name that it was started by", () => {
    const folder = folderWith({});
    symlinkSync(executable(), join(folder, "token-server"));
    const named = "Anna's config.json";
    const command = ["sh", "-c", './token-server init --config "$0"', named];
    const { stderr } = Bun.spawnSync(command, { cwd: folder, stderr: "pipe" });
    const [start = "", request] = stderr.toString().trimEnd().split("\n").slice(-2);
    expect(start).toBe("./token-server --config 'Anna'\\''s config.json'");
    expect(request).toMatch(
      /^curl -H 'Authorization: Token ts_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}' http:\/\/127\.0\.0\.1:8000\/ping$/,
    );
    const pasted = start.replace("--config", "check --config");
    const { exitCode, stdout } = Bun.spawnSync(["sh", "-c", pasted], { cwd: folder });
    expect(exitCode).toBe(0);
    expect(stdout.toString()).toStartWith(`"${named}" can be used.\n`);
  });
});
