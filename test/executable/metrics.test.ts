import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expositionProblems } from "../support/exposition-problems.ts";
import { needing } from "../support/needing.ts";
import { ask, scrapeConfig, startPrometheus } from "../support/prometheus.ts";
import { answerOf, contentOf } from "../support/answer-of.ts";
import { configWith, start } from "../support/program.ts";

/** A server with an admin listener that has something to tell. */
async function watched() {
  const config = configWith();
  const server = await start({ ...config, server: { ...config.server, admin: { port: 0 } } });
  const admin = String(/ and http:\/\/(\S+) with/.exec(server.out())?.[1]);
  for (let request = 0; request < 3; request += 1) await contentOf(`${server.url}/ping`);
  await contentOf(`${server.url}/never-there`);
  const unknown = { Authorization: "Token s3cret" };
  await answerOf(`${server.url}/s3cret`, { method: "POST", headers: unknown, body: "12345" });
  writeFileSync(join(server.folder, "config.json"), "broken");
  process.kill(server.pid, "SIGHUP");
  await server.wrote("Reload failed");
  return { server, admin };
}

test("the executable serves its metrics on the admin listener, and shows nothing that a client chose", async () => {
  const { server, admin } = await watched();
  const { status, headers, content: text } = await answerOf(`http://${admin}/metrics`);
  expect([status, headers["content-type"]]).toEqual([200, "text/plain; version=0.0.4; charset=utf-8"]);
  expect(expositionProblems(text)).toEqual([]);
  const lines = text.split("\n");
  for (const line of [
    'token_server_requests_total{route="/ping",method="GET",status="200"} 3',
    'token_server_requests_total{route="(unknown path)",method="GET",status="404"} 1',
    'token_server_requests_total{route="(unknown path)",method="POST",status="403"} 1',
    'token_server_refusals_total{code="token_unknown"} 1',
    'token_server_request_duration_seconds_count{route="/ping"} 3',
    "token_server_request_content_bytes_total 5",
    'token_server_tokens{state="active"} 2',
    "token_server_token_index_size 2",
    'token_server_token_refusals_total{reason="unknown"} 1',
    'token_server_config_reloads_total{outcome="failure"} 1',
    "token_server_log_lines_lost_total 0",
  ]) {
    expect(lines).toContain(line);
  }
  expect(text).toMatch(/^token_server_user_requests_total\{user="[0-9a-f-]{36}"\} 4$/m);
  expect(text).not.toMatch(/s3cret|never-there/);
  if (Bun.which("promtool")) {
    const check = Bun.spawnSync(["promtool", "check", "metrics"], { stdin: Buffer.from(text) });
    expect([check.exitCode, check.stdout.toString(), check.stderr.toString()]).toEqual([0, "", ""]);
  }
  await server.stop();
});

needing({ prometheus: Bun.which("prometheus") })(
  "a real Prometheus scrapes the executable",
  async () => {
    const { server, admin } = await watched();
    await using prometheus = await startPrometheus(scrapeConfig(admin));
    expect(await ask(prometheus, 'token_server_requests_total{route="/ping"}')).toEqual([
      [{ route: "/ping", method: "GET", status: "200" }, "3"],
    ]);
    expect(await ask(prometheus, 'token_server_config_reloads_total{outcome="failure"}')).toEqual([
      [{ outcome: "failure" }, "1"],
    ]);
    expect(await ask(prometheus, "up")).toEqual([[{}, "1"]]);
    await server.stop();
  },
  20_000,
);
