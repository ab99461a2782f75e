import { describe, expect, test } from "bun:test";
import { DAY, START, tokenCommandsInMemory } from "../../support/token-commands.ts";
import { USER_NAME_FORM } from "../../../src/tokens/user.ts";

/** Tokens in every state, at START. */
async function inEveryState(setting = {}) {
  const all = tokenCommandsInMemory(setting);
  const { admin, clock, create, run, stored } = all;
  const handles: Record<string, string> = {};
  const make = async (user: string, ...args: readonly string[]) =>
    (handles[user] = (await create("--user", user, ...args)).handle);
  clock.now = START - 100 * DAY;
  await make("unused");
  await make("expired", "--expires", "99d");
  admin.put({ ...(await stored(await make("used"))), lastUsed: START - 3_600_000, lastUsedFrom: "10.0.0.1" });
  admin.put({ ...(await stored(await make("longago"))), lastUsed: START - 95 * DAY });
  clock.now = START;
  await make("later", "--not-before", "2d");
  await make("soon", "--expires", "13d", "--name", "CI", "--scope", "read", "--scope", "write");
  await make("sooner", "--expires", "5h");
  await run("revoke", "--yes", await make("revoked"));
  admin.put({ ...(await stored(await make("disabled"))), disabled: true });
  return { ...all, handles };
}

const users = (out: string) => out.split("\n").flatMap((line) => line.split("\t")[1] ?? []);

describe("token list", () => {
  test("shows tokens that expire or are unused first, revoked and expired ones last", async () => {
    const { run, handles } = await inEveryState();
    const { code, out, err } = await run("list");
    expect([code, err]).toEqual([0, ""]);
    expect(users(out)).toEqual([
      ...["USER", "sooner", "soon", "unused", "longago", "disabled", "later", "used"],
      ...["expired", "revoked"],
    ]);
    const lines = out.split("\n");
    expect(lines[0]).toBe("HANDLE\tUSER\tNAME\tSCOPES\tSTATE\tEXPIRES\tLAST USED");
    expect(lines[2]).toBe(`${handles["soon"]}\tsoon\tCI\tread write\tactive\t2026-12-06T12:00:00Z\tnever`);
    expect(lines[7]).toBe(`${handles["used"]}\tused\t-\t-\tactive\tnever\t2026-11-23T11:00:00Z`);
    const states = Object.fromEntries(lines.map((line) => [line.split("\t")[1], line.split("\t")[4]]));
    expect(states).toMatchObject({
      ...{ disabled: "disabled", later: "not yet", expired: "expired", revoked: "revoked" },
    });
  });

  test.each([
    [
      ["--expiring", "14d"],
      ["sooner", "soon"],
    ],
    [["--expiring", "5h"], ["sooner"]],
    [["--expiring", "4h"], []],
    [["--unused", "96d"], ["unused"]],
    [
      ["--unused", "95d"],
      ["unused", "longago"],
    ],
    [["--unused", "3600s", "--user", "used"], ["used"]],
    [["--user", "revoked"], ["revoked"]],
    [["--user", "nobody"], []],
  ])("shows for %j only what is like that", async (args, expected) => {
    const { run } = await inEveryState();
    const { code, out, err } = await run("list", ...args);
    expect([code, users(out).slice(1)]).toEqual([0, expected]);
    expect(err).toBe(expected.length === 0 ? "No token matches.\n" : "");
  });

  test("shows an aligned table on a terminal, with relative times and colours", async () => {
    const { run, handles, admin, stored } = await inEveryState({ terminal: true, colours: true });
    const long = `${"長".repeat(20)}\x1b[2J`;
    admin.put({ ...(await stored(handles["soon"] ?? "")), name: long });
    const lines = (await run("list")).out.split("\n");
    expect(lines[0]).toBe(
      "\x1b[1mHANDLE    USER      NAME                             SCOPES      STATE     EXPIRES  LAST USED\x1b[0m",
    );
    expect(lines[1]).toBe(
      `\x1b[33m${handles["sooner"]}  sooner    -                                -           active    in 5h    never\x1b[0m`,
    );
    expect(lines[2]).toBe(
      `\x1b[33m${handles["soon"]}  soon      ${"長".repeat(15)}…  read write  active    in 13d   never\x1b[0m`,
    );
    expect(lines[7]).toBe(
      `${handles["used"]}  used      -                                -           active    never    60m ago`,
    );
    expect(lines[8]).toStartWith("\x1b[2m");
  });

  test("shows no colours on a terminal that wants none", async () => {
    const { run } = await inEveryState({ terminal: true });
    expect((await run("list")).out).not.toContain("\x1b");
  });

  test("shows no control characters that another program wrote", async () => {
    const { run, admin, stored, handles } = await inEveryState();
    admin.put({ ...(await stored(handles["used"] ?? "")), name: "a\tb\n\x1b[2J\u202e" });
    expect((await run("list", "--user", "used")).out).toContain("\ta?b??[2J?\t");
  });

  test("shows JSON with every property, one token a line", async () => {
    const { run, handles } = await inEveryState({ terminal: true, colours: true });
    const { code, out, err } = await run("list", "--json");
    expect([code, err, out.split("\n").length]).toEqual([0, "", 12]);
    const none = { not_before: null, expires: null, revoked: null, rotated_from: null };
    const list = JSON.parse(out);
    expect(list[6]).toEqual({
      ...{ handle: handles["used"], user: "used", name: null, scopes: [], from: [] },
      ...{ created: "2026-08-15T12:00:00Z", ...none, disabled: false },
      ...{ last_used: "2026-11-23T11:00:00Z", last_used_from: "10.0.0.1" },
    });
    expect(list[1]).toMatchObject({ name: "CI", scopes: ["read", "write"], expires: "2026-12-06T12:00:00Z" });
    expect(list[8]).toMatchObject({ user: "revoked", revoked: "2026-11-23T12:00:00Z" });
    const members = "handle user name scopes from created not_before expires disabled revoked rotated_from";
    expect(Object.keys(list[0])).toEqual([...members.split(" "), "last_used", "last_used_from"]);
  });

  test("says that there are no tokens yet, and makes no store", async () => {
    const { run, admin } = tokenCommandsInMemory();
    const none = "There are no tokens yet; create one with token-server token create.\n";
    expect(await run("list")).toEqual({ code: 0, out: "", err: none });
    expect(await run("list", "--json")).toEqual({ code: 0, out: "[]\n", err: "" });
    expect(admin.closed).toBe(0);
  });

  test.each([
    [["--unused", "90"], "--unused must be a duration: a whole number and s, m, h or d, such as 90d"],
    [
      ["--expiring", "2027-01-31T12:00:00Z"],
      "--expiring must be a duration: a whole number and s, m, h or d, such as 90d",
    ],
    [
      ["--user", "a b"],
      `--user must have ${USER_NAME_FORM}; it contains other characters, or doesn't start with a letter or digit`,
    ],
  ])("refuses %j", async (args, text) => {
    const { run } = tokenCommandsInMemory();
    expect(await run("list", ...args)).toEqual({ code: 2, out: "", err: `token-server: ${text}\n` });
  });
});
