import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pingStatus } from "../support/answer-of.ts";
import { configWith, start } from "../support/program.ts";

test("SIGHUP loads the new config, keeps the old one where that is broken, and names what needs a restart", async () => {
  const server = await start(configWith());
  const file = join(server.folder, "config.json");
  const status = (token: string) => pingStatus(server.url, token);
  const reload = async (config: unknown, told: string) => {
    writeFileSync(file, typeof config === "string" ? config : JSON.stringify(config));
    process.kill(server.pid, "SIGHUP");
    await server.wrote(told);
  };
  await reload(configWith({ allowed_tokens: ["token3"] }), "INFO: Reloaded, with 1 token\n");
  expect([await status("token1"), await status("token3")]).toEqual([403, 200]);
  await reload('{ "server": { "http": { "port": "x", "allowed_tokens": [1] } } }', "ERROR: Reload failed; ");
  expect(await status("token3")).toBe(200);
  expect(server.out()).toMatch(
    /ERROR: config.json:1:33: server.http.port must be .*\n.*ERROR: config.json:1:57: server.http.allowed_tokens\[0\] must be/,
  );
  await reload(configWith({ port: 1, host: "::1", allowed_tokens: [] }), "INFO: Reloaded, with 0 tokens\n");
  expect(await status("token3")).toBe(403);
  const { out, code } = await server.stop();
  expect(code).toBe(0);
  for (const setting of ["server.http.host", "server.http.port"]) {
    expect(out).toContain(`WARNING: ${setting} changed in the file; restart to apply it\n`);
  }
  expect(out).not.toMatch(/token[13]/);
});
