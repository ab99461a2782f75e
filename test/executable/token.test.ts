import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { mintedHandle, mintToken } from "../../src/tokens/minted-token.ts";
import { digestToken } from "../../src/tokens/token.ts";
import { inTerminal, TERMINAL_NEEDS } from "../support/in-terminal.ts";
import { needing } from "../support/needing.ts";
import { executable, folderWith, type Ended } from "../support/program.ts";

/** A folder whose config.json names a store, and how to run a token command there. */
function withStore(store = "sqlite:tokens.db") {
  const folder = folderWith({ "config.json": { server: { http: { port: 0, token_store: store } } } });
  const token = (args: readonly string[], input = "", environment = {}): Ended => {
    const { exitCode, stdout, stderr } = Bun.spawnSync([executable(), "token", ...args], {
      cwd: folder,
      stdin: Buffer.from(input),
      env: { ...process.env, ...environment },
    });
    return { code: exitCode, out: stdout.toString(), err: stderr.toString() };
  };
  const create = (...args: readonly string[]) => {
    const { code, out, err } = token(["create", "--user", "anna", ...args]);
    if (code !== 0) throw new Error(err);
    return { token: out.trimEnd(), handle: out.slice(3, 11) };
  };
  const list = (): Record<string, unknown>[] => JSON.parse(token(["list", "--json"]).out);
  return { folder, token, create, list };
}

describe("token-server token", () => {
  test("creates, changes, rotates and revokes a token in a SQLite file", () => {
    const { token, create, list } = withStore();
    const first = create("--name", "CI", "--scope", "read", "--expires", "90d", "--from", "10.0.0.0/8");
    expect(mintedHandle(first.token)).toBe(first.handle);
    const { handle } = first;
    const steps: [string[], string][] = [
      [
        ["edit", handle, "--no-scope", "--name", "Shop"],
        `Changed: ${handle}: name "CI" -> "Shop", scopes read -> none\n`,
      ],
      [["disable", handle], `Disabled: ${handle}\n`],
      [["enable", handle], `Enabled: ${handle}\n`],
    ];
    for (const [args, err] of steps) expect(token(args)).toEqual({ code: 0, out: "", err });
    const rotated = token(["rotate", handle, "--overlap", "0s"]);
    const next = mintedHandle(rotated.out.trimEnd());
    expect([rotated.code, rotated.err]).toEqual([
      0,
      expect.stringContaining(`replaces ${handle}, which no longer works`),
    ]);
    expect(token(["revoke", "-"], rotated.out)).toEqual({
      code: 0,
      out: "",
      err: `Revoked: ${next} of anna\n`,
    });
    const tokens = Object.fromEntries(list().map((one) => [one["handle"], one]));
    expect(tokens[handle]).toMatchObject({ user: "anna", name: "Shop", scopes: [], revoked: null });
    expect(tokens[String(next)]).toMatchObject({
      ...{ user: "anna", name: "Shop", from: ["10.0.0.0/8"], rotated_from: handle },
      revoked: expect.any(String),
    });
    const { events } = JSON.parse(token(["show", "-", "--json"], first.token).out);
    expect(events.map(({ action }: { action: string }) => action)).toEqual([
      ...["created", "edited", "disabled", "enabled", "rotated"],
    ]);
  });

  test("imports tokens from a file, a pipe and standard input", () => {
    const { folder, token, list } = withStore();
    const tokens = Array.from({ length: 3 }, mintToken);
    writeFileSync(join(folder, "old.txt"), `${tokens[0]}\n`);
    const done = { code: 0, out: "", err: "Imported 1 of 1 tokens for anna.\n" };
    expect(token(["import", "old.txt", "--user", "anna"])).toEqual(done);
    expect(token(["import", "-", "--user", "anna"], tokens[1])).toEqual(done);
    const script = `"$0" token import <(printf 'sha256:${digestToken(String(tokens[2])).toHex()}') --user anna`;
    const bash = Bun.which("bash");
    if (bash !== null)
      expect(Bun.spawnSync([bash, "-c", script, executable()], { cwd: folder }).exitCode).toBe(0);
    expect(list().length).toBe(bash === null ? 2 : 3);
  });

  test("keeps the file beside the config, readable by its owner only", () => {
    const { folder } = withStore();
    mkdirSync(join(folder, "elsewhere"));
    const args = ["token", "create", "--user", "anna", "--config", "../config.json"];
    const { exitCode } = Bun.spawnSync([executable(), ...args], { cwd: join(folder, "elsewhere") });
    expect([exitCode, readdirSync(join(folder, "elsewhere"))]).toEqual([0, []]);
    expect(statSync(join(folder, "tokens.db")).mode & 0o777).toBe(0o600);
  });

  test("says who made a change, whatever the environment says", () => {
    const { token, list } = withStore();
    expect(token(["create", "--user", "anna"], "", { USER: "mallory", LOGNAME: "mallory" }).code).toBe(0);
    const { events } = JSON.parse(token(["show", String(list()[0]?.["handle"]), "--json"]).out);
    const by = Bun.spawnSync(["id", "-un"]).stdout.toString().trim();
    expect(events).toMatchObject([{ action: "created", by, host: hostname() }]);
  });

  test("leaves no token in any file, and shows it nowhere else", () => {
    const { folder, token, create } = withStore();
    const { token: first, handle } = create();
    const second = token(["rotate", handle]);
    const imported = mintToken();
    const errors = [second.err, token(["import", "-", "--user", "bob"], imported).err];
    errors.push(token(["show", "-"], first).out, token(["revoke", first]).err, token(["list", first]).err);
    const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), "latin1"));
    for (const secret of [first, second.out.trim(), imported].map((text) => text.slice(12)))
      expect([...files, ...errors].filter((text) => text.includes(secret))).toEqual([]);
  });

  test("loses no change while others write", async () => {
    const { folder, list } = withStore();
    const creating = Array.from({ length: 8 }, () =>
      Bun.spawn([executable(), "token", "create", "--user", "anna"], { cwd: folder, stderr: "pipe" }),
    );
    const made = await Promise.all(
      creating.map(async ({ stdout }) => mintedHandle((await new Response(stdout).text()).trim())),
    );
    expect(
      list()
        .map(({ handle }) => handle)
        .toSorted(),
    ).toEqual(made.toSorted());
  });

  const missing = `config.json names no token store; set server.http.token_store, such as "sqlite:tokens.db"`;
  test("says what to do if the config names no store, or there is no config", () => {
    const folder = folderWith({ "config.json": { server: { http: { allowed_tokens: [] } } } });
    const list = (...args: readonly string[]) =>
      Bun.spawnSync([executable(), "token", "list", ...args], { cwd: folder, stderr: "pipe" });
    const [without, none] = [list(), list("--config", "none.json")];
    expect([without.exitCode, without.stderr.toString()]).toEqual([2, `token-server: ${missing}\n`]);
    expect([none.exitCode, none.stderr.toString()]).toEqual([
      2,
      expect.stringContaining("none.json: no such file"),
    ]);
  });

  test("exits with 1 for a store that can't be used, 3 for no such token, and 0 for an empty list", () => {
    const { folder, token } = withStore();
    expect(token(["list"])).toEqual({
      code: 0,
      out: "",
      err: "There are no tokens yet; create one with token-server token create.\n",
    });
    expect(token(["show", "abcdEFGH"])).toEqual({
      code: 3,
      out: "",
      err: "the store has no tokens yet; create one with token-server token create\n",
    });
    expect(readdirSync(folder)).toEqual(["config.json"]);
    writeFileSync(join(folder, "tokens.db"), "this is not a database, it is a text that somebody wrote\n");
    for (const args of [["list"], ["show", "abcdEFGH"], ["create", "--user", "anna"]]) {
      const err = "sqlite:tokens.db: not a SQLite database; name another file\n";
      expect(token(args)).toEqual({ code: 1, out: "", err });
    }
  });

  test("says why a file can't be imported", () => {
    const { folder, token } = withStore();
    const imported = (name: string) => token(["import", name, "--user", "anna"]).err;
    expect(imported("none.txt")).toBe(
      "token-server: none.txt doesn't exist; name another file, or - for standard input\n",
    );
    expect(imported(".")).toBe("token-server: . is a folder; name a file\n");
    writeFileSync(join(folder, "a b.txt"), "one two\n");
    expect(imported("a b.txt")).toBe(
      '"a b.txt":1: the token contains white space\nNothing was imported: 1 line can\'t be used.\n',
    );
  });
});

describe("token-server token, on a terminal", () => {
  needing(TERMINAL_NEEDS)("asks before it revokes, and does nothing for Enter alone", async () => {
    const { folder, create, list } = withStore();
    const { handle } = create();
    for (const [typed, code, last] of [
      ["\n", 1, `Not revoked: ${handle}`],
      ["y\n", 0, `Revoked: ${handle} of anna`],
    ] as const) {
      const { child, shows, shown } = inTerminal([executable(), "token", "revoke", handle], folder);
      await shows(`Revoke ${handle} of anna, for good? [y/N] `);
      child.terminal?.write(typed);
      expect(await child.exited).toBe(code);
      expect(shown()).toEndWith(`${last}\r\n`);
      expect(list()[0]?.["revoked"] === null).toBe(code === 1);
    }
  });

  needing(TERMINAL_NEEDS)("ends at the question as every program does at Ctrl-C", async () => {
    const { folder, create, list } = withStore();
    const { handle } = create();
    const { child, shows } = inTerminal([executable(), "token", "revoke", handle], folder);
    await shows("[y/N] ");
    child.terminal?.write("\x03");
    await child.exited;
    expect([child.signalCode, list()[0]?.["revoked"]]).toEqual(["SIGINT", null]);
  });

  needing(TERMINAL_NEEDS)("shows an aligned table, in colours unless NO_COLOR is set", async () => {
    const { folder, create } = withStore();
    const { handle } = create("--name", "CI");
    const heading = "HANDLE    USER  NAME  SCOPES  STATE   EXPIRES  LAST USED";
    const line = `${handle}  anna  CI    -       active  never    never`;
    for (const [script, shownHeading] of [
      ['exec env -u NO_COLOR TERM=xterm "$0" token list', `\x1b[1m${heading}\x1b[0m`],
      ['NO_COLOR=1 exec "$0" token list', heading],
    ] as const) {
      const { child, shown } = inTerminal(["sh", "-c", script, executable()], folder);
      expect(await child.exited).toBe(0);
      expect(shown()).toBe(`${shownHeading}\r\n${line}\r\n`);
    }
  });
});
