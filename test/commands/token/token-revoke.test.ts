import { describe, expect, test } from "bun:test";
import { DAY, START, tokenCommandsInMemory } from "../../support/token-commands.ts";

/** A store with one token. */
async function withToken(setting = {}) {
  const all = tokenCommandsInMemory(setting);
  return { ...all, ...(await all.create("--user", "anna", "--name", "CI")) };
}

describe("token revoke", () => {
  test("revokes a token for good, once", async () => {
    const { admin, clock, handle, run, stored } = await withToken();
    clock.now = START + DAY;
    const revoked = { code: 0, out: "", err: `Revoked: ${handle} of anna\n` };
    expect(await run("revoke", handle)).toEqual(revoked);
    clock.now = START + 2 * DAY;
    expect(await run("revoke", handle)).toEqual({ ...revoked, err: `Already revoked: ${handle} of anna\n` });
    expect((await stored(handle)).revoked).toBe(START + DAY);
    expect(admin.log.slice(1)).toEqual([
      { time: START + DAY, handle, action: "revoked", detail: "", by: "root", host: "box" },
    ]);
  });

  test("revokes the token on standard input, without asking", async () => {
    const { handle, run, setting, stored, token } = await withToken({ terminal: true });
    setting.input = `${token}\r\n`;
    const prompt = "Type or paste the token and press Enter. The terminal doesn't show it.\n";
    expect(await run("revoke", "-")).toEqual({
      code: 0,
      out: "",
      err: `${prompt}Revoked: ${handle} of anna\n`,
    });
    expect((await stored(handle)).revoked).toBe(START);
  });

  test.each(["y", "Y", "yes", " YES "])("revokes on a terminal for the answer %j", async (answer) => {
    const { handle, run, stored } = await withToken({ terminal: true, answer });
    const err = `Revoke ${handle} of anna (CI), for good? [y/N] Revoked: ${handle} of anna\n`;
    expect(await run("revoke", handle)).toEqual({ code: 0, out: "", err });
    expect((await stored(handle)).revoked).toBe(START);
  });

  test.each(["", "n", "yep", null])("does nothing on a terminal for the answer %j", async (answer) => {
    const { admin, handle, run, stored } = await withToken({ terminal: true, answer });
    const err = `Revoke ${handle} of anna (CI), for good? [y/N] Not revoked: ${handle}\n`;
    expect(await run("revoke", handle)).toEqual({ code: 1, out: "", err });
    expect([(await stored(handle)).revoked, admin.log.length]).toEqual([null, 1]);
  });

  test.each(["--yes", "-y"])("asks nothing with %s", async (flag) => {
    const { handle, run } = await withToken({ terminal: true });
    expect(await run("revoke", handle, flag)).toMatchObject({ code: 0, err: `Revoked: ${handle} of anna\n` });
  });

  test("doesn't ask about a token that is already revoked", async () => {
    const { handle, run } = await withToken({ terminal: true });
    await run("revoke", "-y", handle);
    expect(await run("revoke", handle)).toMatchObject({
      code: 0,
      err: `Already revoked: ${handle} of anna\n`,
    });
  });
});
