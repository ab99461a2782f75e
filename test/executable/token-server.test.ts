import { describe, expect, test } from "bun:test";
import { pingStatus } from "../support/answer-of.ts";
import { configWith, executable, start } from "../support/program.ts";
import { until } from "../support/until.ts";

/** A server whose tokens are in a SQLite file, the status it answers a token with, and the commands beside it. */
async function withServer() {
  const server = await start(configWith({ allowed_tokens: undefined, token_store: "sqlite:tokens.db" }));
  const statusOf = (token: string) => pingStatus(server.url, token);
  const run = (args: readonly string[], input = "") => {
    const command = [executable(), "token", ...args];
    const { exitCode, stdout, stderr } = Bun.spawnSync(command, {
      cwd: server.folder,
      stdin: Buffer.from(input),
    });
    if (exitCode !== 0) throw new Error(stderr.toString());
    return stdout.toString().trimEnd();
  };
  const create = (...args: readonly string[]) => run(["create", "--user", "anna", ...args]);
  return { server, statusOf, run, create };
}

describe("a running server", () => {
  test("accepts a token on the first request after it was created, 20 times", async () => {
    const { server, statusOf, create } = await withServer();
    for (let round = 0; round < 20; round += 1) expect(await statusOf(create())).toBe(200);
    expect((await server.stop()).out).toContain(" user anna\n");
  });

  test("follows every change that a command makes", async () => {
    const { server, statusOf, run, create } = await withServer();
    const token = create("--expires", "90d");
    const handle = token.slice(3, 11);
    const becomes = async (one: string, status: number) =>
      await until(async () => (await statusOf(one)) === status);
    expect(await statusOf(token)).toBe(200);
    run(["disable", handle]);
    await becomes(token, 403);
    run(["enable", handle]);
    await becomes(token, 200);
    run(["edit", handle, "--from", "203.0.113.0/24"]);
    await becomes(token, 403);
    run(["edit", handle, "--no-from"]);
    await becomes(token, 200);
    const next = run(["rotate", handle, "--overlap", "1h"]);
    expect([await statusOf(next), await statusOf(token)]).toEqual([200, 200]);
    run(["revoke", "-"], next);
    await becomes(next, 403);
    expect(await statusOf(token)).toBe(200);
    run(["revoke", handle]);
    await becomes(token, 403);
    await server.stop();
  });

  test("accepts imported tokens, minted or not", async () => {
    const { server, statusOf, run, create } = await withServer();
    create();
    run(["import", "-", "--user", "bob"], "an-old-token-8Qm2xV\n");
    expect(await statusOf("an-old-token-8Qm2xV")).toBe(200);
    expect((await server.stop()).out).toContain(" user bob\n");
  });
});
