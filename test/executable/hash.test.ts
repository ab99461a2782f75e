import { describe, expect, test } from "bun:test";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LIMITS } from "../../src/limits.ts";
import { mintToken } from "../../src/tokens/minted-token.ts";
import { digestToken } from "../../src/tokens/token.ts";
import { answerOf } from "../support/answer-of.ts";
import { inTerminal, TERMINAL_NEEDS } from "../support/in-terminal.ts";
import { needing } from "../support/needing.ts";
import { configWith, executable, folderWith, start, type Ended } from "../support/program.ts";

const TOKEN = mintToken();
const SHA256 = digestToken(TOKEN).toHex();
const MUST = "standard input must be one token: one word of visible ASCII; it";

/** Runs `token-server hash` with this standard input. */
function hash(input: string | Uint8Array, ...args: readonly string[]): Ended {
  const stdin = Buffer.from(input);
  const { exitCode, stdout, stderr } = Bun.spawnSync([executable(), "hash", ...args], { stdin });
  return { code: exitCode, out: stdout.toString(), err: stderr.toString() };
}

describe("token-server hash", () => {
  test.each(["", "\n", "\r\n"])("prints an entry for a token that ends with %j", (end) => {
    const out = `{ "sha256": "${SHA256}" }\n`;
    expect(hash(TOKEN + end)).toEqual({ code: 0, out, err: "" });
  });

  test("prints an entry with a name that a server accepts", async () => {
    const { code, out, err } = hash(`${TOKEN}\n`, "--name", "anna");
    expect([code, err]).toEqual([0, ""]);
    expect(out).toBe(`{ "sha256": "${SHA256}", "name": "anna" }\n`);
    const server = await start(configWith({ allowed_tokens: [JSON.parse(out)] }));
    const headers = { Authorization: `Token ${TOKEN}` };
    expect((await answerOf(`${server.url}/ping`, { headers })).status).toBe(200);
    expect((await server.stop()).out).toContain("user anna\n");
  });

  const long = "x".repeat(LIMITS.tokenInput);
  test.each([
    ["", "is empty"],
    ["\n", "is empty"],
    [`${TOKEN}\n${TOKEN}\n`, "has several lines"],
    [`${TOKEN}\n\n`, "has several lines"],
    [`s3cr3t ${TOKEN}`, "contains white space"],
    [` ${TOKEN}`, "contains white space"],
    ["s3cr3t-tökén", "contains characters other than visible ASCII"],
    [`${TOKEN}\0`, "contains characters other than visible ASCII"],
    [TOKEN.slice(0, -1), "begins with ts_ but doesn't match its checksum: characters are missing or changed"],
    [Uint8Array.of(0x73, 0xff), "contains characters other than visible ASCII"],
    [`${long}x`, "is too long"],
    [long.repeat(20), "is too long"],
  ])("refuses input, and shows none of it (%#)", (input, problem) => {
    expect(hash(input)).toEqual({ code: 2, out: "", err: `${MUST} ${problem}\n` });
  });

  test("reads as many bytes as the maximum, and an endless input no further", () => {
    expect(hash(long)).toMatchObject({ code: 0, out: `{ "sha256": "${digestToken(long).toHex()}" }\n` });
    const zero = openSync("/dev/zero", "r");
    const { exitCode, stderr } = Bun.spawnSync([executable(), "hash"], { stdin: zero, timeout: 20_000 });
    closeSync(zero);
    expect([exitCode, stderr.toString()]).toEqual([2, `${MUST} is too long\n`]);
  });

  test.each([
    ["other", 'is "other", which the metrics use for users above their limit'],
    ["s3cr3t/7+=", "contains other characters, or doesn't start with a letter or digit"],
  ])("refuses the name %s", (name, problem) => {
    const form = 'at most 64 letters, digits, ".", "_", "@" and "-", a letter or digit first';
    const err = `token-server: --name must have ${form}; it ${problem}\n`;
    expect(hash(TOKEN, "--name", name)).toEqual({ code: 2, out: "", err });
  });

  test("refuses the token as its name", () => {
    const err = "token-server: --name must not be the token: logs, metrics and whoami show it\n";
    expect(hash(TOKEN, "--name", TOKEN)).toEqual({ code: 2, out: "", err });
  });

  test("warns of a token that can be guessed, which the server can't", () => {
    const { code, out, err } = hash("token1");
    expect([code, out]).toEqual([0, `{ "sha256": "${digestToken("token1").toHex()}" }\n`]);
    expect(err).toBe("warning: the token is a public example; token-server init writes a random one\n");
  });

  const stty = { ...TERMINAL_NEEDS, stty: Bun.which("stty") };
  needing(stty)("hides a token that is typed, and ends with its line", async () => {
    const folder = folderWith({});
    const { child, shows, shown } = inTerminal(["sh", "-c", '"$0" hash; stty -a', executable()], folder);
    await shows("The terminal doesn't show it.");
    child.terminal?.write(`${TOKEN}\n`);
    expect(await child.exited).toBe(0);
    expect(shown()).toStartWith(
      "Type or paste the token and press Enter. The terminal doesn't show it.\r\n{ ",
    );
    expect(shown()).toContain(`{ "sha256": "${SHA256}" }\r\n`);
    expect(shown()).not.toContain(TOKEN);
    expect(shown()).toMatch(/ echo\b/);
  });

  needing(stty)("lets the terminal show letters again when a signal ends it", async () => {
    for (const [key, code] of [
      ["\x03", 130],
      ["\x1c", 131],
    ] as const) {
      const script = 'trap : INT QUIT; "$0" hash; echo "code $?"; stty -a';
      const { child, shows, shown } = inTerminal(["sh", "-c", script, executable()], folderWith({}));
      await shows("The terminal doesn't show it.");
      child.terminal?.write(key);
      expect(await child.exited).toBe(0);
      expect(shown()).toContain(`code ${code}\r\n`);
      expect(shown()).toMatch(/ echo\b/);
    }
  });

  needing(stty)("refuses a line that the terminal may have cut", async () => {
    const { child, shows, shown } = inTerminal([executable(), "hash"], folderWith({}));
    await shows("The terminal doesn't show it.");
    child.terminal?.write(`${"x".repeat(8_000)}\n`);
    expect(await child.exited).toBe(2);
    expect(shown()).toContain("it is too long\r\n");
  });

  needing(TERMINAL_NEEDS)("says that a terminal shows the token where nothing can hide it", async () => {
    const folder = folderWith({});
    const script = 'PATH=/nowhere exec "$0" hash';
    const { child, shows } = inTerminal(["/bin/sh", "-c", script, executable()], folder);
    await shows("Type or paste the token and press Enter. The terminal shows it.\r\n");
    child.terminal?.write(`${TOKEN}\n`);
    expect(await child.exited).toBe(0);
  });

  test("reads a file that ends without a line feed", () => {
    const file = join(folderWith({}), "token");
    writeFileSync(file, TOKEN);
    const command = ["sh", "-c", '"$0" hash < "$1"', executable(), file];
    expect(Bun.spawnSync(command).stdout.toString()).toBe(`{ "sha256": "${SHA256}" }\n`);
  });

  test("says why standard input can't be read", () => {
    const command = ["sh", "-c", '"$0" hash < .', executable()];
    const { exitCode, stderr } = Bun.spawnSync(command, { cwd: folderWith({}), stderr: "pipe" });
    expect([exitCode, stderr.toString()]).toEqual([2, "standard input can't be read (EISDIR)\n"]);
  });

  test("says that there is no token where standard input is closed", () => {
    const { exitCode, stderr } = Bun.spawnSync(["sh", "-c", '"$0" hash <&-', executable()], {
      stderr: "pipe",
    });
    expect([exitCode, stderr.toString()]).toEqual([2, `${MUST} is empty\n`]);
  });
});
