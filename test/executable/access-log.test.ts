import { expect, test } from "bun:test";
import { join } from "node:path";
import { TOKEN1 } from "../support/send.ts";
import { AS_TOKEN1, answerOf, contentOf } from "../support/answer-of.ts";
import { configWith, start } from "../support/program.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

test("the JSON log has a field for each fact of an exchange, and believes trusted proxies alone", async () => {
  const json = { level: [], format: "json" };
  const told = { "X-Forwarded-For": "203.0.113.9, 127.0.0.2", "X-Request-Id": "abc-123" };
  const trusting = await start(configWith({ trusted_proxies: ["127.0.0.0/8"] }, json));
  const wary = await start(configWith({}, json));
  const ids: string[] = [];
  for (const { url } of [trusting, wary]) {
    for (const answer of [
      await answerOf(`${url}/ping?token=s3cret`, { headers: { ...TOKEN1, ...told } }),
      await answerOf(`${url}/s3cret`, { method: "POST", headers: told, body: "12345" }),
      await answerOf(`${url}/a%2fb`, AS_TOKEN1),
    ]) {
      ids.push(String(answer.headers["x-request-id"]));
    }
  }
  const lines = [];
  for (const server of [trusting, wary]) {
    const { out } = await server.stop();
    expect(out).not.toContain("s3cret");
    lines.push(
      ...out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line))
        .filter(({ method }) => method),
    );
  }

  expect(lines).toHaveLength(6);
  const shared = { pid: expect.any(Number), seconds: expect.any(Number) };
  for (const [index, line] of lines.entries()) {
    const believed = index < 3;
    expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const client = believed && index !== 2 ? "203.0.113.9" : "127.0.0.1";
    expect([index, line.client, line.request_id]).toEqual([index, client, ids[index]]);
    if (believed && index !== 2) expect(line.request_id).toBe("abc-123");
    else expect(line.request_id).toMatch(UUID);
  }
  const { time, client, request_id, ...accepted } = lines[0];
  expect(accepted).toEqual({
    ...shared,
    logger: "server_logger.access",
    level: "INFO",
    method: "GET",
    path: "/ping",
    status: 200,
    bytes: 34,
    bytes_in: 0,
    user: expect.stringMatching(UUID),
  });
  expect(lines[1]).toMatchObject({
    logger: "server_logger.auth",
    level: "WARNING",
    method: "POST",
    path: "(unknown path)",
    status: 401,
    bytes: 56,
    bytes_in: 5,
    refusal: "credentials_missing",
  });
  expect(lines[2]).toMatchObject({ status: 400, path: "(unknown path)", refusal: "request_invalid" });
}, 20_000);

test("a Unix socket has no client address but the one a trusted proxy tells", async () => {
  const http = { unix: "gate.sock", unix_mode: "0600", trusted_proxies: ["unix"] };
  const server = await start(configWith(http, { level: [], format: "json" }));
  expect(server.url).toBe(`unix:${join(server.folder, "gate.sock")}`);
  const unix = join(server.folder, "gate.sock");
  const told = { ...TOKEN1, "X-Forwarded-For": "203.0.113.9" };
  expect(await contentOf("http://localhost/ping", { unix })).toContain("pong");
  expect(await contentOf("http://localhost/ping", { unix, headers: told })).toContain("pong");
  const { out } = await server.stop();
  const [silent, forwarded] = out
    .split("\n")
    .filter((line) => line.includes('"method"'))
    .map((line) => JSON.parse(line));
  expect([silent.client, forwarded.client]).toEqual([undefined, "203.0.113.9"]);
});

test("a TCP client that resets its connection is nobody's proxy", async () => {
  const server = await start(configWith({ trusted_proxies: ["unix"] }, { level: [], format: "json" }));
  const request =
    "GET /ping HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.9\r\nX-Request-Id: forged\r\n\r\n";
  for (let client = 0; client < 50; client += 1) {
    const socket = await Bun.connect({ hostname: "127.0.0.1", port: server.port, socket: { data() {} } });
    socket.write(request);
    socket.terminate();
  }
  await answerOf(`${server.url}/last`);
  const { out } = await server.stop();
  expect(out.split('"status":401').length - 1).toBeGreaterThan(25);
  expect(out).toContain('"client":"unknown"');
  expect(out).not.toMatch(/203\.0\.113\.9|forged/);
});

test("answers to monitors are logged at DEBUG, and left out where INFO is the level", async () => {
  const routes = ["ping", "health", "metrics"].map((handler) => ({ path: `/${handler}`, handler }));
  const lines = async (level: string) => {
    const server = await start(configWith({ routes }, { level: [{ logger: "server_logger", level }] }));
    for (const { path } of routes) await contentOf(server.url + path);
    return [...(await server.stop()).out.matchAll(/ (\w+): GET (\S+) 200 /g)].map(
      ([, at, path]) => `${at} ${path}`,
    );
  };
  expect(await lines("DEBUG")).toEqual(["INFO /ping", "DEBUG /health", "DEBUG /metrics"]);
  expect(await lines("INFO")).toEqual(["INFO /ping"]);
});
