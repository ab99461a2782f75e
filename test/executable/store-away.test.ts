import { expect, test } from "bun:test";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { digestToken } from "../../src/tokens/token.ts";
import { answerOf } from "../support/answer-of.ts";
import { run, start } from "../support/program.ts";

test("a server without its store serves the tokens of its config, and those of the store once it is back", async () => {
  const http = {
    ...{ port: 0, token_store: "sqlite:kept/tokens.db" },
    allowed_tokens: [{ sha256: digestToken("token1").toHex(), user: "bert" }],
    routes: [
      { path: "/ping", handler: "ping" },
      { path: "/healthz", handler: "health" },
    ],
    exclude_routes: ["/healthz"],
  };
  const server = await start({ server: { http } });
  const { folder } = server;
  const ask = async (token: string) => {
    const headers = { Authorization: `Token ${token}` };
    const { status, headers: answered } = await answerOf(`${server.url}/ping`, { headers });
    return [status, answered["retry-after"]];
  };
  const health = async () => {
    const { status, content } = await answerOf(`${server.url}/healthz`);
    return [status, JSON.parse(content).text];
  };
  await server.wrote(
    "ERROR: Token store away: sqlite:kept/tokens.db: no such folder; create it or name another (its tokens are not known yet)",
  );
  expect([await ask("token1"), await ask("token2")]).toEqual([
    [200, undefined],
    [503, "1"],
  ]);
  expect(await health()).toEqual([503, "Token store unavailable"]);
  expect(run(["healthcheck"], folder).code).not.toBe(0);

  mkdirSync(join(folder, "kept"), { mode: 0o700 });
  const token = run(["token", "create", "--user", "anna"], folder).out.trim();
  await server.wrote("INFO: Token store sqlite:kept/tokens.db back after ");
  expect([await ask(token), await ask("token2")]).toEqual([
    [200, undefined],
    [403, undefined],
  ]);
  expect(await health()).toEqual([200, "healthy"]);

  // A file that vanishes takes no token with it, and is not made anew.
  renameSync(join(folder, "kept"), join(folder, "gone"));
  await server.wrote("(still using the tokens read from it)");
  expect([await ask(token), await ask("token1"), await ask("token2")]).toEqual([
    [200, undefined],
    [200, undefined],
    [503, "1"],
  ]);
  expect(await health()).toEqual([200, "healthy, but the token store sqlite:kept/tokens.db is away"]);
  process.kill(server.pid, "SIGHUP");
  await server.wrote("Reloaded, with 2 tokens");
  expect(await ask(token)).toEqual([200, undefined]);
  // Nor does a reload give up the tokens in memory for a store that can't be read.
  const config = { server: { http: { ...http, token_store: "sqlite:other/tokens.db" } } };
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  process.kill(server.pid, "SIGHUP");
  await server.wrote("Reload failed; still using the previous config");
  expect(server.out()).toContain("ERROR: sqlite:other/tokens.db: ");
  expect(await ask(token)).toEqual([200, undefined]);
  const { out, err } = await server.stop();
  expect(out + err).not.toContain(token.slice(12));
  expect(out).toContain("user anna");
}, 20_000);
