import { describe, expect, test } from "bun:test";
import { LIMITS } from "../../../src/limits.ts";
import { mintedHandle, mintToken } from "../../../src/tokens/minted-token.ts";
import { StoreError } from "../../../src/tokens/store-error.ts";
import { digestToken } from "../../../src/tokens/token.ts";
import { DAY, START, tokenCommandsInMemory } from "../../support/token-commands.ts";

const PLAIN = "an-old-token-8Qm2xV";
const MINTED = mintToken();
const DAMAGED = `${MINTED.slice(0, -1)}${MINTED.endsWith("0") ? "1" : "0"}`;
const DIGEST = digestToken("one-more-token-Zk4").toHex();

describe("token import", () => {
  test("imports plain tokens and digests, with the fields given", async () => {
    const input = `${PLAIN}\r\n${MINTED}\nSHA256:${DIGEST.toUpperCase()}`;
    const { admin, run } = tokenCommandsInMemory({ input });
    const rules = ["--scope", "read", "--scope", "write", "--expires", "90d", "--from", "::1"];
    const err = "Imported 3 of 3 tokens for anna.\n";
    expect(await run("import", "-", "--user", "anna", ...rules)).toEqual({ code: 0, out: "", err });
    const list = await admin.list();
    const common = { user: "anna", scopes: ["read", "write"], from: ["::1"], expires: START + 90 * DAY };
    expect(list).toMatchObject([
      {
        ...common,
        digest: digestToken(PLAIN),
        handle: expect.stringMatching(/^[0-9A-Za-z]{8}$/),
        created: START,
      },
      { ...common, digest: digestToken(MINTED), handle: mintedHandle(MINTED) },
      { ...common, digest: Uint8Array.fromHex(DIGEST), handle: expect.stringMatching(/^[0-9A-Za-z]{8}$/) },
    ]);
    const detail = "user anna, scopes read write, from ::1, expires 2027-02-21T12:00:00Z";
    const event = { time: START, action: "imported", detail, by: "root", host: "box" } as const;
    expect(admin.log).toEqual(list.map(({ handle }) => ({ ...event, handle })));
  });

  test("leaves tokens that the store already has as they are", async () => {
    const { admin, create, run, setting, stored } = tokenCommandsInMemory();
    const { handle, token } = await create("--user", "bob", "--scope", "read");
    await run("revoke", handle);
    const before = await stored(handle);
    setting.input = `${PLAIN}\n${token}\nsha256:${DIGEST}\n`;
    const err = "Imported 2 of 3 tokens for anna; the store already had 1.\n";
    expect(await run("import", "-", "--user", "anna")).toEqual({ code: 0, out: "", err });
    expect(await stored(handle)).toEqual(before);
    expect((await admin.list()).length).toBe(3);
    expect((await admin.events(handle)).map(({ action }) => action)).toEqual(["created", "revoked"]);
    expect(await run("import", "-", "--user", "anna")).toMatchObject({
      code: 0,
      err: "Imported 0 of 3 tokens for anna; the store already had 3.\n",
    });
  });

  test("refuses a token in the place of the file, and does not show it", async () => {
    const { run } = tokenCommandsInMemory();
    expect(await run("import", MINTED, "--user", "anna")).toEqual({
      ...{ code: 2, out: "" },
      err: "token-server: FILE must be the name of a file; this is a token: other users may have seen it in the list of processes, so revoke it\n",
    });
  });

  test("names every bad line, shows none, and imports nothing", async () => {
    const twice = digestToken(PLAIN).toHex();
    const handle = MINTED.slice(3, 11);
    const lines = [
      ...[PLAIN, "", "s3cret two", "s3crét", DAMAGED, "ts_s3cret", "sha256:s3cret", `sha256:${DIGEST}0`],
      ...[`sha256:${twice}`, MINTED, MINTED, "x".repeat(16 * 1024 + 1), "\0"],
    ];
    const { admin, opened, run } = tokenCommandsInMemory({ input: `${lines.join("\n")}\n` });
    const answer = await run("import", "-", "--user", "anna");
    const damaged =
      "the token begins with ts_ but doesn't match its checksum: characters are missing or changed";
    const ascii = "the token contains characters other than visible ASCII";
    expect(answer).toEqual({
      code: 2,
      out: "",
      err: `standard input:2: the token is empty
standard input:3: the token contains white space
standard input:4: ${ascii}
standard input:5: ${damaged}
standard input:6: ${damaged}
standard input:7: the digest contains characters other than hexadecimal digits
standard input:8: the digest has 65 hexadecimal digits
standard input:9: the token is the same as in line 1
standard input:11: the token is the same as in line 10
standard input:12: the token is too long
standard input:13: ${ascii}
Nothing was imported: 11 lines can't be used.
`,
    });
    expect(answer.err).not.toContain(handle);
    expect([opened, await admin.list(), admin.log]).toEqual([[], [], []]);
  });

  test("refuses a token whose handle belongs to another, and imports nothing", async () => {
    const { admin, create, run, setting, stored } = tokenCommandsInMemory();
    const { handle } = await create("--user", "bob");
    const namesake = { handle: MINTED.slice(3, 11), digest: digestToken(PLAIN.toUpperCase()) };
    admin.put({ ...(await stored(handle)), ...namesake });
    const before = await admin.list();
    setting.input = `${PLAIN}\n${MINTED}\n`;
    const text = `the handle ${MINTED.slice(3, 11)} belongs to another token in the store`;
    const err = `standard input:2: ${text}\nNothing was imported: 1 line can't be used.\n`;
    expect(await run("import", "-", "--user", "anna")).toEqual({ code: 2, out: "", err });
    expect([await admin.list(), admin.log.length]).toEqual([before, 1]);
  });

  test("imports nothing if the store fails midway", async () => {
    const input = Array.from({ length: 1_200 }, mintToken).join("\n");
    const { admin, run } = tokenCommandsInMemory({ input });
    const { transaction } = admin;
    let parts = 0;
    admin.transaction = async (work) =>
      await transaction(async (writes) => {
        const insertAll: typeof writes.insertAll = async (...given) => {
          parts += 1;
          if (parts === 2) throw new StoreError("the disk is full");
          await writes.insertAll(...given);
        };
        return await work({ ...writes, insertAll });
      });
    const answer = await run("import", "-", "--user", "anna");
    expect(answer).toEqual({ code: 1, out: "", err: "the disk is full\n" });
    expect([parts, await admin.list(), admin.log]).toEqual([2, [], []]);
  });

  test("warns of tokens that can be guessed, ten by name", async () => {
    const input = ["token1", ...Array.from({ length: 11 }, (_, at) => `weak${at}`), PLAIN].join("\n");
    const { run } = tokenCommandsInMemory({ input });
    const { code, err } = await run("import", "-", "--user", "anna");
    const lines = err.split("\n");
    expect([code, lines.length]).toEqual([0, 13]);
    expect(lines[0]).toBe(
      "warning: standard input:1: the token is a public example; token-server init writes a random one",
    );
    expect(lines[9]).toStartWith("warning: standard input:10: the token can be guessed");
    expect(lines.slice(10)).toEqual([
      "warning: 2 more tokens can be guessed",
      "Imported 13 of 13 tokens for anna.",
      "",
    ]);
  });

  test.each([false, true])("reports the progress of a long import (terminal: %p)", async (terminal) => {
    const input = Array.from({ length: 20_000 }, (_, at) => `token-number-${at}-8Qm2xV-kZ`).join("\n");
    const { run } = tokenCommandsInMemory({ input, terminal });
    const { code, err } = await run("import", "-", "--user", "anna");
    expect([code, err.endsWith("Imported 20000 of 20000 tokens for anna.\n")]).toEqual([0, true]);
    const shown = err.split(terminal ? "\r" : "\n").filter((text) => text.endsWith(" of 20000 tokens"));
    expect(shown[terminal ? 1 : 0]).toBe("2000 of 20000 tokens");
    expect(shown.length).toBe(terminal ? 19 : 10);
  });

  test.each([
    [["-"], "token import needs --user NAME: whose tokens they are"],
    [["--user", "anna"], "token import needs FILE, or - for standard input"],
    [["-", "-", "--user", "anna"], "token import takes one FILE, or - for standard input at a time"],
    [
      ["-", "--user", "anna", "--expires", "0s"],
      "--expires must be in the future; to end a token now, revoke it",
    ],
    [["-", "--user", PLAIN], "--user must not be one of the tokens: logs, metrics and whoami show it"],
  ])("refuses %j", async (args, text) => {
    const { opened, run } = tokenCommandsInMemory({ input: PLAIN });
    expect(await run("import", ...args)).toEqual({ code: 2, out: "", err: `token-server: ${text}\n` });
    expect(opened).toEqual([]);
  });

  test("stops reading after too many bad lines", async () => {
    const { run } = tokenCommandsInMemory({ input: "\n".repeat(LIMITS.importProblems + 1) });
    const { code, err } = await run("import", "-", "--user", "anna");
    const lines = err.trimEnd().split("\n");
    expect([code, lines.length]).toEqual([2, LIMITS.importProblems + 1]);
    expect(lines.at(-1)).toBe(
      `Nothing was imported: ${LIMITS.importProblems} lines can't be used. The rest was not read.`,
    );
  });

  test("refuses an empty file", async () => {
    const { run } = tokenCommandsInMemory();
    const err = "token-server: standard input holds no tokens\n";
    expect(await run("import", "-", "--user", "anna")).toEqual({ code: 2, out: "", err });
  });
});
