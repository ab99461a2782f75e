import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pingStatus } from "../support/answer-of.ts";
import { underLoad } from "../support/load.ts";
import { configWith, start } from "../support/program.ts";

test("20 reloads under full load, sound and broken in turn, lose no request and let no removed token in", async () => {
  const quiet = { log: { level: [{ logger: "server_logger.access", level: "CRITICAL" }] } };
  const tokensOf = (round: number) => [
    "friend",
    ...Array.from({ length: round + 1 }, (_, at) => `t${round}-${at}`),
  ];
  const server = await start({ ...configWith({ allowed_tokens: tokensOf(0) }), ...quiet });
  const file = join(server.folder, "config.json");
  const status = (token: string) => pingStatus(server.url, token);
  const load = underLoad(server.port, "friend");

  for (let round = 1; round <= 20; round += 1) {
    const broken = round % 2 === 0;
    const next = configWith(
      broken ? { port: `x${round}`, allowed_tokens: [] } : { allowed_tokens: tokensOf(round) },
    );
    writeFileSync(file, JSON.stringify({ ...next, ...quiet }));
    process.kill(server.pid, "SIGHUP");
    await server.wrote(broken ? `was "x${round}"` : `Reloaded, with ${round + 2} tokens\n`);
    const [serving, removed] = broken ? [round - 1, round - 3] : [round, round - 2];
    expect([round, await status(`t${serving}-0`)]).toEqual([round, 200]);
    if (removed > 0) expect([round, await status(`t${removed}-0`)]).toEqual([round, 403]);
  }

  const { answered, failed } = await load.end();
  expect(failed).toEqual([]);
  expect(answered).toBeGreaterThan(1000);
  const { code, out } = await server.stop();
  expect(code).toBe(0);
  expect(out.split("INFO: Reloaded").length - 1).toBe(10);
  expect(out.split("ERROR: Reload failed; still using the previous config\n").length - 1).toBe(10);
}, 60_000);

test("the executable logs why a config.json is not JSON in one line, without the excerpt", async () => {
  const server = await start();
  writeFileSync(join(server.folder, "config.json"), '{ "server": {');
  process.kill(server.pid, "SIGHUP");
  await server.wrote("Reload failed; still using the previous config");
  const { out } = await server.stop();
  const errors = out.split("\n").filter((line) => line.includes(": ERROR: "));
  expect(errors).toHaveLength(2);
  expect(errors[0]).toContain("ERROR: config.json:1:14: not JSON: ");
  expect(errors[1]).toEndWith("Reload failed; still using the previous config");
});
