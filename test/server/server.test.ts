import { afterEach, expect, spyOn, test } from "bun:test";
import { startServer, type Server } from "../../src/server/server.ts";
import { certified, type Certified } from "../support/certificates.ts";
import { configOfTokens, listenOn, QUIET } from "../support/seed-config.ts";
import { TOKEN1 } from "../support/send.ts";

const CONFIG = configOfTokens(["token1"], {
  listen: listenOn(),
  routes: [
    { path: "/ping", handler: "ping" },
    { path: "/healthz", handler: "health" },
  ],
  exclusions: { paths: ["/healthz"], methods: [] },
  log: QUIET,
});
let server: Server;

afterEach(async () => {
  await server.stop(0);
});

const ask = async (path: string, headers: Record<string, string> = {}, url = server.url) => {
  const answer = await fetch(`${url}${path}`, { headers });
  return [answer.status, await answer.text(), answer.headers.get("connection")];
};
const PONG = '{"text":"pong","status":"success"}';
const UNKNOWN = `{"text":"Token doesn't exist","status":"error"}`;

test("startServer() serves what a config says", async () => {
  server = await startServer(CONFIG);
  expect(await ask("/ping", TOKEN1)).toEqual([200, PONG, null]);
  expect(await ask("/ping")).toEqual([401, '{"text":"Missing authorization header","status":"error"}', null]);
});

test("reload() serves by another config from the next request on", async () => {
  server = await startServer(CONFIG);
  await server.reload({ ...CONFIG, tokens: { tokens: ["token2"] } });
  expect(await ask("/ping", TOKEN1)).toEqual([403, UNKNOWN, null]);
  expect(await ask("/ping", { Authorization: "Token token2" })).toEqual([200, PONG, null]);
  await server.reload({ ...CONFIG, tokens: { tokens: [] } });
  expect(await ask("/ping", { Authorization: "Token token2" })).toEqual([403, UNKNOWN, null]);
});

test("drain() asks clients to reconnect, reports itself as draining, and still serves", async () => {
  server = await startServer(CONFIG);
  expect(await ask("/healthz")).toEqual([200, '{"text":"healthy","status":"success"}', null]);
  server.drain();
  expect(await ask("/healthz")).toEqual([503, '{"text":"Draining","status":"error"}', "close"]);
  expect(await ask("/ping", TOKEN1)).toEqual([200, PONG, "close"]);
});

test("reload() lets a removed token in no more while a certificate is renewed", async () => {
  const [one, other] = [certified("one"), certified("other")];
  const tls = ({ cert, key }: Certified) => ({ cert, key, clientCa: null });
  const config = { ...CONFIG, listen: listenOn({ tls: tls(one) }) };
  server = await startServer(config);
  const status = async (token: string) => {
    const headers = { Authorization: `Token ${token}` };
    const answer = await fetch(`${server.url}/ping`, { headers, tls: { rejectUnauthorized: false } });
    return answer.status;
  };
  expect(await status("token1")).toBe(200);
  const port = Number(new URL(server.url).port);
  const next = { ...config, listen: listenOn({ port, tls: tls(other) }), tokens: { tokens: ["token2"] } };
  let reloaded = false;
  const reloading = server.reload(next).then(() => (reloaded = true));
  expect([await status("token1"), await status("token2"), reloaded]).toEqual([403, 200, false]);
  await reloading;
  expect([await status("token1"), await status("token2")]).toEqual([403, 200]);
});

test("reload() keeps the config of before where the next certificate can't be used", async () => {
  const { cert, key } = certified("one");
  const config = { ...CONFIG, listen: listenOn({ tls: { cert, key, clientCa: null } }) };
  server = await startServer(config);
  const broken = { cert, key: certified("other").key, clientCa: null };
  const next = { ...config, listen: listenOn({ tls: broken }), tokens: { tokens: ["token2"] } };
  await expect(server.reload(next)).rejects.toThrow("server.http.tls can't be used");
  const answer = await fetch(`${server.url}/ping`, { headers: TOKEN1, tls: { rejectUnauthorized: false } });
  expect([answer.status, await answer.text()]).toEqual([200, PONG]);
});

test("reload() lets no client stay that was asked to leave", async () => {
  server = await startServer(CONFIG);
  server.drain();
  await server.reload({ ...CONFIG, tokens: { tokens: ["token2"] } });
  expect(await ask("/ping", TOKEN1)).toEqual([403, UNKNOWN, "close"]);
});

test("drain() asks clients of the admin listener to leave as well", async () => {
  server = await startServer({ ...CONFIG, admin: listenOn({ setting: "server.admin" }) });
  const [, admin] = server.url.split(" and ");
  server.drain();
  expect(await ask("/healthz", {}, admin)).toEqual([503, '{"text":"Draining","status":"error"}', "close"]);
});

test("startServer() serves health and metrics, and nothing else, on the admin listener", async () => {
  server = await startServer({ ...CONFIG, admin: listenOn({ setting: "server.admin" }) });
  const [url, admin] = server.url.split(" and ");
  expect(await ask("/ping", TOKEN1, url)).toEqual([200, PONG, null]);
  expect(await ask("/healthz", {}, admin)).toEqual([200, '{"text":"healthy","status":"success"}', null]);
  expect((await ask("/metrics", {}, admin))[0]).toBe(200);
  expect(await ask("/ping", TOKEN1, admin)).toEqual([404, '{"text":"Not found","status":"error"}', null]);
  const posted = await fetch(`${admin}/healthz`, { method: "POST", body: "x" });
  expect([posted.status, await posted.text()]).toEqual([
    413,
    '{"text":"Content too large","status":"error"}',
  ]);
});

test("startServer() leaves nothing open where a listener can't be opened", async () => {
  server = await startServer(CONFIG);
  const port = Number(new URL(server.url).port);
  await server.stop(0);
  const admin = listenOn({ setting: "server.admin", host: "192.0.2.1" });
  const start = startServer({ ...CONFIG, listen: listenOn({ port }), admin });
  await expect(start).rejects.toThrow("server.admin.host 192.0.2.1 is not an address of this machine");
  server = await startServer({ ...CONFIG, listen: listenOn({ port }) });
  expect(await ask("/ping", TOKEN1)).toEqual([200, PONG, null]);
});

test("startServer() opens a port that may be shared last, so that no client meets a server that ends at once", async () => {
  server = await startServer(CONFIG);
  const taken = Number(new URL(server.url).port);
  const opened = spyOn(Bun, "serve");
  try {
    const admin = listenOn({ setting: "server.admin", port: taken });
    const start = startServer({ ...CONFIG, listen: listenOn({ reusePort: true }), admin });
    await expect(start).rejects.toThrow(`server.admin.port ${taken} on 127.0.0.1 is taken`);
    expect(opened.mock.calls.map(([options]) => (options as { port?: number }).port)).toEqual([taken]);
  } finally {
    opened.mockRestore();
  }
});

test("request_id decides whether answers carry X-Request-Id, refusals too", async () => {
  server = await startServer(CONFIG);
  const idOf = async (headers: Record<string, string>) =>
    (await fetch(`${server.url}/ping`, { headers })).headers.get("x-request-id");
  expect([await idOf(TOKEN1), await idOf({})]).toEqual([null, null]);
  await server.reload({ ...CONFIG, requestId: true });
  expect(await idOf(TOKEN1)).toMatch(/^[0-9a-f-]{36}$/);
  expect(await idOf({})).toMatch(/^[0-9a-f-]{36}$/);
});
