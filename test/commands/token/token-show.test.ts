import { describe, expect, test } from "bun:test";
import { mintToken } from "../../../src/tokens/minted-token.ts";
import { DAY, START, tokenCommandsInMemory } from "../../support/token-commands.ts";

describe("token show", () => {
  test("shows a token, without its digest, and what was done to it", async () => {
    const { admin, clock, create, run, stored } = tokenCommandsInMemory();
    const rules = ["--scope", "read", "--scope", "write", "--from", "10.0.0.0/8", "--not-before", "1d"];
    const { handle } = await create("--user", "anna", "--name", "CI", "--expires", "90d", ...rules);
    clock.now = START + 2 * DAY;
    await run("revoke", handle);
    admin.put({
      ...(await stored(handle)),
      ...{ rotatedFrom: "abcdEFGH", lastUsed: START + DAY, lastUsedFrom: "::1" },
    });
    const detail =
      'user anna, name "CI", scopes read write, from 10.0.0.0/8, not before 2026-11-24T12:00:00Z, ' +
      "expires 2027-02-21T12:00:00Z";
    expect(await run("show", handle)).toEqual({
      code: 0,
      out: `Handle:     ${handle}
User:       anna
Name:       CI
State:      revoked
Scopes:     read write
From:       10.0.0.0/8
Created:    2026-11-23T12:00:00Z (2d ago)
Not before: 2026-11-24T12:00:00Z (24h ago)
Expires:    2027-02-21T12:00:00Z (in 88d)
Revoked:    2026-11-25T12:00:00Z (0s ago)
Replaces:   abcdEFGH
Last used:  2026-11-24T12:00:00Z (24h ago) from ::1

Events:
  2026-11-23T12:00:00Z  created by root on box: ${detail}
  2026-11-25T12:00:00Z  revoked by root on box
`,
      err: "",
    });
  });

  test("shows JSON with its events", async () => {
    const { create, run } = tokenCommandsInMemory();
    const { handle } = await create("--user", "anna");
    const { code, out } = await run("show", handle, "--json");
    expect(code).toBe(0);
    const time = "2026-11-23T12:00:00Z";
    expect(JSON.parse(out)).toEqual({
      ...{ handle, user: "anna", name: null, scopes: [], from: [], created: time, not_before: null },
      ...{ expires: null, disabled: false, revoked: null, rotated_from: null },
      ...{ last_used: null, last_used_from: null },
      events: [{ time, action: "created", detail: "user anna", by: "root", host: "box" }],
    });
  });

  test("finds the token on standard input", async () => {
    const { create, run, setting } = tokenCommandsInMemory();
    const { handle, token } = await create("--user", "anna");
    setting.input = `${token}\n`;
    expect(await run("show", "-")).toMatchObject({ code: 0, out: expect.stringContaining(handle), err: "" });
  });

  test("shows no control characters that another program wrote", async () => {
    const { admin, create, run, stored } = tokenCommandsInMemory();
    const { handle } = await create("--user", "anna");
    admin.put({ ...(await stored(handle)), name: "a\n\x1b[2J" });
    expect((await run("show", handle)).out).toContain("Name:       a??[2J\n");
  });
});

describe.each(["show", "revoke"])("token %s", (name) => {
  const HANDLE = "HANDLE must be the 8 letters and digits that token list shows";
  const SEEN = `${HANDLE}; this is a token: other users may have seen it in the list of processes, so revoke it`;
  test.each([
    [[], `token ${name} needs HANDLE, or -`],
    [["abcdEFGH", "abcdEFGI"], `token ${name} takes one HANDLE, or - at a time`],
    [["abcdEFG"], `${HANDLE}; this is not one`],
    [["s3cret-12345"], `${HANDLE}; this is not one`],
    [[mintToken()], SEEN],
    [[mintToken().slice(0, -1)], SEEN],
  ])("refuses %j, and shows none of it", async (args, text) => {
    const { opened, run } = tokenCommandsInMemory();
    expect(await run(name, ...args)).toEqual({ code: 2, out: "", err: `token-server: ${text}\n` });
    expect(opened).toEqual([]);
  });

  const INPUT = "standard input must be one token: one word of visible ASCII; it";
  test.each([
    ["", "is empty"],
    ["a\nb", "has several lines"],
    ["a b", "contains white space"],
    [
      mintToken().slice(0, -1),
      "begins with ts_ but doesn't match its checksum: characters are missing or changed",
    ],
  ])("refuses the input %j, and shows none of it", async (input, problem) => {
    const { opened, run } = tokenCommandsInMemory({ input });
    const err = `token-server: ${INPUT} ${problem}\n`;
    expect(await run(name, "-")).toEqual({ code: 2, out: "", err });
    expect(opened).toEqual([]);
  });

  test("exits with 3 if there is no such token, or no store yet", async () => {
    const { admin, create, run, setting } = tokenCommandsInMemory();
    expect(await run(name, "abcdEFGH")).toEqual({
      code: 3,
      out: "",
      err: "the store has no tokens yet; create one with token-server token create\n",
    });
    await create("--user", "anna");
    const err = "no token has the handle abcdEFGH; token list shows all handles\n";
    expect(await run(name, "abcdEFGH")).toEqual({ code: 3, out: "", err });
    setting.input = "token1";
    expect(await run(name, "-")).toEqual({
      code: 3,
      out: "",
      err: "the store has no such token; look for it in allowed_tokens of the config too\n",
    });
    expect(admin.closed).toBe(3);
  });
});
