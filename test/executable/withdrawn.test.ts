import { expect, test } from "bun:test";
import { rawClient } from "../support/raw-connection.ts";
import { answer, statusOf } from "../support/raw-message.ts";
import { answerBytes, sharedUpstream } from "../support/raw-upstream.ts";
import { executable, run, start } from "../support/program.ts";

const upstream = sharedUpstream();

/** Runs a command of the executable to its end, while this process goes on serving its upstream. */
async function command(folder: string, ...args: readonly string[]) {
  const child = Bun.spawn([executable(), ...args], { cwd: folder, stdout: "pipe", stderr: "ignore" });
  const out = await child.stdout.text();
  expect(await child.exited).toBe(0);
  return out.trim();
}

test("a stream ends within a second of the command that revokes its token, and the log says why", async () => {
  upstream.plays(({ connection }) =>
    connection.write(answerBytes(200, ["Content-Type: text/event-stream"], "data: 1\n\n")),
  );
  const server = await start({
    server: {
      http: { port: 0, token_store: "sqlite:tokens.db", routes: [{ path: "/*", proxy: upstream.url }] },
    },
  });
  for (let round = 0; round < 5; round += 1) {
    const token = await command(server.folder, "token", "create", "--user", "anna", "--scope", "read");
    const handle = token.slice(3, 11);
    const client = await rawClient(server.port);
    client.write(`GET /events HTTP/1.1\r\nHost: gate\r\nAuthorization: Token ${token}\r\n\r\n`);
    await client.sees("data: 1\n\n");
    const request = await upstream.requested(round + 1);
    expect(request.values("x-auth-scopes")).toEqual(["read"]);
    await command(server.folder, "token", "revoke", handle);
    const revoked = performance.now();
    await client.closed;
    expect(performance.now() - revoked).toBeLessThan(1000);
    await server.wrote((out) => out.split("cut off: token revoked").length === round + 2);
  }
  const { out, err } = await server.stop();
  expect(out).toMatch(/: GET \/\* 200 \d+ us user anna, cut off: token revoked\n/);
  expect(out + err).not.toMatch(/ts_[0-9A-Za-z]{8}_/);
  // Last uses are kept when the server stops.
  const listed = JSON.parse(run(["token", "list", "--json"], server.folder).out);
  expect(listed.map((one: { last_used_from: string }) => one.last_used_from)).toEqual(
    Array.from({ length: 5 }, () => "127.0.0.1"),
  );
}, 20_000);

test("a request that waits for its upstream ends when a command revokes its token, as the log and the metrics show", async () => {
  upstream.plays(() => {});
  const routes = [{ path: "/*", proxy: upstream.url }];
  const http = { port: 0, token_store: "sqlite:tokens.db", routes };
  const log = { format: "json" };
  const server = await start({ server: { http, admin: { unix: "admin.sock" } }, log });
  const token = await command(server.folder, "token", "create", "--user", "anna");
  const handle = token.slice(3, 11);
  const client = await rawClient(server.port);
  client.write(`GET /slow HTTP/1.1\r\nHost: gate\r\nAuthorization: Token ${token}\r\n\r\n`);
  const { connection } = await upstream.requested(1);
  await command(server.folder, "token", "revoke", handle);
  expect(statusOf(await answer(client))).toBe(403);
  expect(await connection.closed).toBe("reset");
  const scraped = await fetch("http://localhost/metrics", { unix: `${server.folder}/admin.sock` });
  const lines = (await scraped.text()).split("\n");
  expect(lines).toContain('token_server_refusals_total{code="token_unknown"} 1');
  expect(lines).toContain('token_server_token_refusals_total{reason="revoked"} 1');
  const { out } = await server.stop();
  const line = out.split("\n").find((one) => one.includes('"status":403'));
  expect(JSON.parse(String(line))).toMatchObject({
    level: "WARNING",
    logger: "server_logger.auth",
    path: "/*",
    user: "anna",
    cut: "revoked",
    refusal: "token_unknown",
    cause: "cut off: token revoked",
  });
  expect(out).not.toContain(token);
}, 20_000);
