import { expect, test } from "bun:test";
import { underLoad } from "../support/load.ts";
import { configWith, start } from "../support/program.ts";

test("10 rolling restarts at full speed fail no request of clients that keep their connections", async () => {
  const log = { level: [{ logger: "server_logger.access", level: "CRITICAL" }] };
  let server = await start(configWith({ reuse_port: true }, log));
  const { port } = server;
  const load = underLoad(port, "token1");
  for (let restart = 1; restart <= 10; restart += 1) {
    const next = await start(configWith({ reuse_port: true, port }, log));
    const { code, out } = await server.stop("SIGTERM");
    expect([restart, code]).toEqual([restart, 0]);
    expect(out).toContain("SIGTERM: stopping in 0.5 s, asking clients to leave\n");
    server = next;
  }
  const { answered, failed } = await load.end();
  expect(failed).toEqual([]);
  expect(answered).toBeGreaterThan(1000);
  await server.stop();
}, 120_000);
