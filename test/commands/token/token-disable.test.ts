import { describe, expect, test } from "bun:test";
import { mintToken } from "../../../src/tokens/minted-token.ts";
import { DAY, START, tokenCommandsInMemory } from "../../support/token-commands.ts";

describe("token disable and enable", () => {
  test("disable and enable a token, and log each once", async () => {
    const { admin, clock, create, run, stored } = tokenCommandsInMemory();
    const { handle } = await create("--user", "anna");
    const before = await stored(handle);
    clock.now = START + DAY;
    const answer = (text: string) => ({ code: 0, out: "", err: `${text}: ${handle}\n` });
    expect(await run("enable", handle)).toEqual(answer("Already enabled"));
    expect(await run("disable", handle)).toEqual(answer("Disabled"));
    expect(await run("disable", handle)).toEqual(answer("Already disabled"));
    expect(await stored(handle)).toEqual({ ...before, disabled: true });
    expect(await run("enable", handle)).toEqual(answer("Enabled"));
    expect(await stored(handle)).toEqual(before);
    const event = { time: START + DAY, handle, detail: "", by: "root", host: "box" };
    expect(admin.log.slice(1)).toEqual([
      { ...event, action: "disabled" },
      { ...event, action: "enabled" },
    ]);
  });

  test.each(["enable", "disable"])("%s leaves a revoked token as it is", async (name) => {
    const { create, run, stored } = tokenCommandsInMemory();
    const { handle } = await create("--user", "anna");
    await run("revoke", handle);
    const before = await stored(handle);
    const err = `token-server: ${handle} is revoked, for good; create another token\n`;
    expect(await run(name, handle)).toEqual({ code: 2, out: "", err });
    expect(await stored(handle)).toEqual(before);
  });

  test.each(["enable", "disable"])("%s refuses a token, and exits with 3 for no token", async (name) => {
    const { create, run } = tokenCommandsInMemory();
    const { code, err } = await run(name, mintToken());
    expect([code, err]).toEqual([2, expect.not.stringContaining("ts_")]);
    await create("--user", "anna");
    expect(await run(name, "abcdEFGH")).toEqual({
      code: 3,
      out: "",
      err: "no token has the handle abcdEFGH; token list shows all handles\n",
    });
  });
});
