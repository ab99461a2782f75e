import { describe, expect, test } from "bun:test";
import { mintToken } from "../../../src/tokens/minted-token.ts";
import { DAY, START, tokenCommandsInMemory } from "../../support/token-commands.ts";

/** A store with one token that has every field. */
async function withToken() {
  const all = tokenCommandsInMemory();
  const rules = ["--scope", "read", "--scope", "write", "--from", "10.0.0.0/8", "--not-before", "1d"];
  const { handle } = await all.create("--user", "anna", "--name", "CI", "--expires", "90d", ...rules);
  const before = await all.stored(handle);
  all.clock.now = START + DAY;
  return { ...all, handle, before };
}

describe("token edit", () => {
  const changes: [string[], object, string][] = [
    [["--user", "bob"], { user: "bob" }, "user anna -> bob"],
    [["--name", "Shop"], { name: "Shop" }, 'name "CI" -> "Shop"'],
    [["--no-name"], { name: null }, 'name "CI" -> none'],
    [["--scope", "admin"], { scopes: ["admin"] }, "scopes read write -> admin"],
    [["--no-scope"], { scopes: [] }, "scopes read write -> none"],
    [
      ["--from", "::1", "--from=10.1.0.0/16"],
      { from: ["::1", "10.1.0.0/16"] },
      "from 10.0.0.0/8 -> ::1 10.1.0.0/16",
    ],
    [["--no-from"], { from: [] }, "from 10.0.0.0/8 -> none"],
    [
      ["--expires", "1d"],
      { expires: START + 2 * DAY },
      "expires 2027-02-21T12:00:00Z -> 2026-11-25T12:00:00Z",
    ],
    [["--expires", "never"], { expires: null }, "expires 2027-02-21T12:00:00Z -> never"],
    [
      ["--not-before", "2026-12-01T00:00:00Z"],
      { notBefore: Date.parse("2026-12-01T00:00:00Z") },
      "not before 2026-11-24T12:00:00Z -> 2026-12-01T00:00:00Z",
    ],
    [
      ["--user", "bob", "--no-scope", "--name", "CI"],
      { user: "bob", scopes: [] },
      "user anna -> bob, scopes read write -> none",
    ],
  ];
  test.each(changes)("changes only what %j gives", async (args, changed, detail) => {
    const { admin, before, handle, run, stored } = await withToken();
    const answer = await run("edit", handle, ...args);
    expect(answer).toEqual({ code: 0, out: "", err: `Changed: ${handle}: ${detail}\n` });
    expect(await stored(handle)).toEqual({ ...before, ...changed });
    expect(admin.log.slice(1)).toEqual([
      { time: START + DAY, handle, action: "edited", detail, by: "root", host: "box" },
    ]);
  });

  test("changes nothing, and logs no event, if nothing differs", async () => {
    const { admin, before, handle, run, stored } = await withToken();
    const answer = await run("edit", handle, "--user", "anna", "--scope", "read", "--scope", "write");
    expect(answer).toEqual({ code: 0, out: "", err: `Unchanged: ${handle}\n` });
    expect([await stored(handle), admin.log.length]).toEqual([before, 1]);
  });

  test("lets an expired token expire later", async () => {
    const { clock, handle, run, stored } = await withToken();
    clock.now = START + 91 * DAY;
    expect(await run("edit", handle, "--expires", "1d")).toMatchObject({ code: 0 });
    expect((await stored(handle)).expires).toBe(START + 92 * DAY);
  });

  test("leaves a revoked token as it is", async () => {
    const { admin, handle, run, stored } = await withToken();
    await run("revoke", handle);
    const before = await stored(handle);
    const err = `token-server: ${handle} is revoked, for good; create another token\n`;
    expect(await run("edit", handle, "--expires", "never")).toEqual({ code: 2, out: "", err });
    expect([await stored(handle), admin.log.length]).toEqual([before, 2]);
  });

  const HANDLE = "abcdEFGH";
  const refused: [string[], string][] = [
    [[], "token edit needs HANDLE"],
    [[mintToken(), "--user", "bob"], "HANDLE must be the 8 letters and digits"],
    [[HANDLE], "token edit needs something to change, such as --expires 90d; see --help"],
    [[HANDLE, "--scope", "a", "--no-scope"], "--scope and --no-scope can't be combined; remove one of them"],
    [[HANDLE, "--name", "a", "--no-name"], "--name and --no-name can't be combined; remove one of them"],
    [[HANDLE, "--from", "::1", "--no-from"], "--from and --no-from can't be combined; remove one of them"],
    [[HANDLE, "--expires", "2031-02-30T00:00:00Z"], "it names a date or an hour that doesn't exist"],
  ];
  test.each(refused)("refuses %j", async (args, text) => {
    const { opened, run } = tokenCommandsInMemory();
    const { code, out, err } = await run("edit", ...args);
    expect([code, out, opened]).toEqual([2, "", []]);
    expect(err).toContain(text);
    expect(err).not.toContain("ts_");
  });

  test("refuses times with which a token is never valid", async () => {
    const { before, handle, run, stored } = await withToken();
    const err = "token-server: --expires must be later than --not-before: the token would never be valid\n";
    expect(await run("edit", handle, "--not-before", "89d")).toEqual({ code: 2, out: "", err });
    expect(await stored(handle)).toEqual(before);
  });

  test("exits with 3 if there is no such token", async () => {
    const { run } = await withToken();
    expect(await run("edit", "abcdEFGH", "--no-scope")).toMatchObject({ code: 3, out: "" });
  });
});
