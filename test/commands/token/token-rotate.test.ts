import { describe, expect, test } from "bun:test";
import { mintedHandle, mintToken } from "../../../src/tokens/minted-token.ts";
import { digestToken } from "../../../src/tokens/token.ts";
import { DAY, START, tokenCommandsInMemory } from "../../support/token-commands.ts";

const HOUR = 3_600_000;

/** A store with one token, ten days old. */
async function withToken(...args: readonly string[]) {
  const all = tokenCommandsInMemory();
  const { handle } = await all.create("--user", "anna", ...args);
  const before = await all.stored(handle);
  all.clock.now = START + 10 * DAY;
  return { ...all, handle, before };
}

describe("token rotate", () => {
  test("prints a new token like the old one, which works until the overlap ends", async () => {
    const rules = ["--name", "CI", "--scope", "read", "--from", "10.0.0.0/8", "--expires", "90d"];
    const { admin, before, clock, handle, run, stored } = await withToken(...rules);
    const { code, out, err } = await run("rotate", handle);
    const token = out.trimEnd();
    const made = String(mintedHandle(token));
    expect([code, out]).toEqual([0, `${token}\n`]);
    expect(err).toBe(
      `Created token ${made} for anna; it expires 2027-03-03T12:00:00Z. It replaces ${handle}, ` +
        "which works until 2026-12-04T12:00:00Z. The new one is shown only once:\n\n",
    );
    const { now } = clock;
    expect(await stored(handle)).toEqual({ ...before, expires: now + 24 * HOUR });
    expect(await stored(made)).toEqual({
      ...{ ...before, handle: made, digest: digestToken(token), created: now },
      ...{ expires: now + 90 * DAY, rotatedFrom: handle },
    });
    const by = { time: now, by: "root", host: "box" };
    const detail =
      'user anna, name "CI", scopes read, from 10.0.0.0/8, expires 2027-03-03T12:00:00Z, replaces ' + handle;
    expect(admin.log.slice(1)).toEqual([
      { ...by, handle: made, action: "created", detail },
      { ...by, handle, action: "rotated", detail: `replaced by ${made}, ends 2026-12-04T12:00:00Z` },
    ]);
  });

  test.each([
    ["0s", 0, "no longer works"],
    ["1h", HOUR, "works until 2026-12-03T13:00:00Z"],
    ["100d", 80 * DAY, "works until 2027-02-21T12:00:00Z"],
  ])("lets the old one end at the overlap of %s, or at its own end", async (overlap, left, words) => {
    const { clock, handle, run, stored } = await withToken("--expires", "90d");
    const { code, err } = await run("rotate", handle, "--overlap", overlap);
    expect([code, err]).toEqual([0, expect.stringContaining(`, which ${words}. The new one`)]);
    expect((await stored(handle)).expires).toBe(clock.now + left);
  });

  test("replaces a token that never expires by one that never does", async () => {
    const { clock, handle, run, stored } = await withToken();
    const { out, err } = await run("rotate", handle);
    expect(err).toContain("it never expires. It replaces");
    expect((await stored(out.slice(3, 11))).expires).toBeNull();
    expect((await stored(handle)).expires).toBe(clock.now + DAY);
  });

  test.each([
    ["5d", null, 85 * DAY],
    ["20d", 20 * DAY, 80 * DAY],
  ])(
    "counts the lifetime from --not-before %s, and keeps one in the future",
    async (from, notBefore, life) => {
      const { clock, handle, run, stored } = await withToken("--expires", "90d", "--not-before", from);
      const { out } = await run("rotate", handle, "--overlap", "30d");
      const made = await stored(out.slice(3, 11));
      const starts = notBefore === null ? null : START + notBefore;
      expect([made.notBefore, made.expires]).toEqual([
        starts,
        notBefore === null ? clock.now + life : START + 90 * DAY,
      ]);
    },
  );

  const over: [
    string,
    (run: ReturnType<typeof tokenCommandsInMemory>["run"], handle: string) => unknown,
    string,
  ][] = [
    [
      "revoked",
      async (run, handle) => await run("revoke", handle),
      "is revoked, for good; create another token",
    ],
    ["disabled", async (run, handle) => await run("disable", handle), "is disabled; enable it first"],
  ];
  test.each(over)("refuses a %s token", async (_state, act, text) => {
    const { admin, handle, run, stored } = await withToken();
    await act(run, handle);
    const before = await stored(handle);
    const err = `token-server: ${handle} ${text}\n`;
    expect(await run("rotate", handle)).toEqual({ code: 2, out: "", err });
    expect(await admin.list()).toEqual([before]);
  });

  test("refuses a token that has a successor, which would live no longer than the overlap", async () => {
    const { admin, handle, run, stored } = await withToken("--expires", "90d");
    const made = String(mintedHandle((await run("rotate", handle, "--overlap", "1h")).out.trimEnd()));
    const [before, events] = [await stored(handle), admin.log.length];
    expect(await run("rotate", handle)).toEqual({
      code: 2,
      out: "",
      err: `token-server: ${handle} was already replaced by ${made}; rotate that one\n`,
    });
    expect([await stored(handle), admin.log.length]).toEqual([before, events]);
    expect((await run("rotate", made)).code).toBe(0);
  });

  test("refuses an expired token", async () => {
    const { admin, before, clock, handle, run } = await withToken("--expires", "90d");
    clock.now = START + 90 * DAY;
    const text = "has expired; give it another end with token edit, or create a new one";
    expect(await run("rotate", handle)).toEqual({
      code: 2,
      out: "",
      err: `token-server: ${handle} ${text}\n`,
    });
    expect(await admin.list()).toEqual([before]);
  });

  test.each([
    [["abcdEFGH", "--overlap", "never"], 2, "--overlap must be a duration"],
    [["abcdEFGH"], 3, "no token has the handle abcdEFGH"],
    [[mintToken()], 2, "HANDLE must be the 8 letters and digits"],
    [[], 2, "token rotate needs HANDLE"],
  ])("refuses %j", async (args, code, text) => {
    const { run } = await withToken();
    expect(await run("rotate", ...args)).toEqual({ code, out: "", err: expect.stringContaining(text) });
  });
});
