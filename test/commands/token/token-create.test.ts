import { describe, expect, test } from "bun:test";
import { mintedHandle, mintToken } from "../../../src/tokens/minted-token.ts";
import { StoreError } from "../../../src/tokens/store-error.ts";
import { digestToken } from "../../../src/tokens/token.ts";
import { DAY, START, tokenCommandsInMemory } from "../../support/token-commands.ts";
import { USER_NAME_FORM } from "../../../src/tokens/user.ts";

describe("token create", () => {
  test("prints a new token alone, and keeps its digest with what was given", async () => {
    const { admin, opened, run } = tokenCommandsInMemory();
    const rules = ["--scope", "read", "--scope=write", "--scope", "read", "--from", "10.0.0.0/8"];
    const times = ["--expires", "90d", "--not-before", "2026-12-01T00:00:00Z"];
    const { code, out, err } = await run(
      ...["create", "--user", "anna", "--name", "CI of the shop", ...rules, ...times, "--config", "my.json"],
    );
    const token = out.slice(0, -1);
    const handle = mintedHandle(token);
    expect([code, out]).toEqual([0, `${token}\n`]);
    expect(err).toBe(
      `Created token ${handle} for anna; it expires 2027-02-21T12:00:00Z. It is shown only once:\n\n`,
    );
    expect(opened).toEqual(["my.json"]);
    expect(await admin.list()).toEqual([
      {
        handle: String(handle),
        digest: digestToken(token),
        user: "anna",
        name: "CI of the shop",
        scopes: ["read", "write"],
        from: ["10.0.0.0/8"],
        created: START,
        notBefore: Date.parse("2026-12-01T00:00:00Z"),
        expires: START + 90 * DAY,
        disabled: false,
        revoked: null,
        rotatedFrom: null,
        lastUsed: null,
        lastUsedFrom: null,
      },
    ]);
    const detail =
      'user anna, name "CI of the shop", scopes read write, from 10.0.0.0/8, ' +
      "not before 2026-12-01T00:00:00Z, expires 2027-02-21T12:00:00Z";
    expect(admin.log).toEqual([
      { time: START, handle: String(handle), action: "created", detail, by: "root", host: "box" },
    ]);
    expect(admin.closed).toBe(1);
  });

  test("makes a token that is valid for ever and from anywhere by default", async () => {
    const { admin, run } = tokenCommandsInMemory();
    const { err } = await run("create", "--user", "anna", "--expires", "never");
    expect(err).toContain("for anna; it never expires. It is shown only once");
    expect(await admin.list()).toMatchObject([{ name: null, scopes: [], from: [], expires: null }]);
    expect(admin.log).toMatchObject([{ detail: "user anna" }]);
  });

  const token = mintToken();
  const when = "--expires must be a duration (30m, 12h, 90d) or a time (2027-01-31T12:00:00Z), or never";
  const wrong: [string[], string][] = [
    [[], "token create needs --user NAME: whose token it is"],
    [
      ["--user", "a b"],
      `--user must have ${USER_NAME_FORM}; it contains other characters, or doesn't start with a letter or digit`,
    ],
    [["--user", token], "--user can't be used: it holds a token, which logs and lists would show"],
    [["--name", `for ${token}`], "--name can't be used: it holds a token, which logs and lists would show"],
    [["--scope", token], "--scope can't be used: it holds a token, which logs and lists would show"],
    [["--name", "\x1b[2J"], "--name can't be used: it contains control characters"],
    [["--scope", "a b"], "--scope can't be used: it contains a space; give --scope once for each scope"],
    [
      ["--scope", 'a"'],
      "--scope can't be used: it contains characters other than visible ASCII without \" and \\ (RFC 6749 3.3)",
    ],
    [["--scope", "x".repeat(65)], "--scope can't be used: it has more than 64 characters"],
    [
      Array.from({ length: 33 }, (_, at) => `--scope=s${at}`),
      "--scope is given more than 32 times, the maximum",
    ],
    [
      ["--from", "10.0.0.0/33"],
      "--from can't be used: it is not an address or a network, such as 10.0.0.0/8 or 2001:db8::/32",
    ],
    [
      ["--from", "unix"],
      "--from can't be used: it is not an address or a network, such as 10.0.0.0/8 or 2001:db8::/32",
    ],
    [["--expires", "0s"], "--expires must be in the future; to end a token now, revoke it"],
    [["--expires", "2026-11-23T12:00:00Z"], "--expires must be in the future; to end a token now, revoke it"],
    [["--expires", "soon"], `${when}; this is neither`],
    [
      ["--expires", "2031-02-30T00:00:00Z"],
      `${when}; it names a date or an hour that doesn't exist, or lacks the hour or the time zone`,
    ],
    [
      ["--expires", "2031-02-03T00:00:00"],
      `${when}; it names a date or an hour that doesn't exist, or lacks the hour or the time zone`,
    ],
    [
      ["--expires", "2031-02-03"],
      `${when}; it names a date or an hour that doesn't exist, or lacks the hour or the time zone`,
    ],
    [
      ["--not-before", "never"],
      "--not-before must be a duration (30m, 12h, 90d) or a time (2027-01-31T12:00:00Z); this is neither",
    ],
    [
      ["--expires", "1d", "--not-before", "1d"],
      "--expires must be later than --not-before: the token would never be valid",
    ],
    [["now"], "token create takes options only; see --help"],
  ];
  test.each(wrong)("refuses %j, and makes no store", async (args, text) => {
    const { opened, run } = tokenCommandsInMemory();
    const user = args.includes("--user") || args.length === 0 ? [] : ["--user", "anna"];
    const answer = await run("create", ...user, ...args);
    expect(answer).toEqual({ code: 2, out: "", err: `token-server: ${text}\n` });
    expect(opened).toEqual([]);
  });

  test("prints no token, and exits with 1, if the store can't be used", async () => {
    const { run } = tokenCommandsInMemory({ fault: new StoreError("tokens.db is read only") });
    expect(await run("create", "--user", "anna")).toEqual({
      code: 1,
      out: "",
      err: "tokens.db is read only\n",
    });
  });

  test("prints no token if the transaction fails", async () => {
    const { admin, run } = tokenCommandsInMemory();
    const { transaction } = admin;
    admin.transaction = async (work) =>
      await transaction(async (writes) => {
        const log = async () => {
          throw new StoreError("the disk is full");
        };
        return await work({ ...writes, log });
      });
    expect(await run("create", "--user", "anna")).toEqual({ code: 1, out: "", err: "the disk is full\n" });
    expect([await admin.list(), admin.closed]).toEqual([[], 1]);
  });
});
