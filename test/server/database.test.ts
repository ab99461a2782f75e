import { afterEach, expect, test } from "bun:test";
import type { Config } from "../../src/config/config.ts";
import type { Clock } from "../../src/http/clock.ts";
import { appRoutes } from "../../src/routes/route-kinds.ts";
import { startServer, SYSTEM_CLOCK, type Server } from "../../src/server/server.ts";
import type { TokenStoreOptions } from "../../src/stores/open-store.ts";
import { StoreError } from "../../src/tokens/store-error.ts";
import { configOfTokens, listenOn, QUIET } from "../support/seed-config.ts";
import { recordOf, STORE_URL, testStore, type TestStore } from "../support/test-store.ts";

const ROUTES = [
  { path: "/ping", handler: "ping" },
  { path: "/healthz", handler: "health" },
  { path: "/metrics", handler: "metrics" },
] as const;
const OTHER = { ...STORE_URL, path: "/never-there/other.db" };

const configOf = (tokens: readonly string[], given: Partial<Config> = {}) =>
  configOfTokens(tokens, {
    listen: listenOn(),
    routes: ROUTES,
    exclusions: { paths: ["/healthz", "/metrics"], methods: [] },
    tokenStore: STORE_URL,
    log: QUIET,
    ...given,
  });

let server: Server | null = null;
afterEach(async () => {
  await server?.stop(0);
  server = null;
});

/** A server with these databases, one after the other. */
async function started(config: Config, stores: readonly TestStore[], clock: Clock = SYSTEM_CLOCK) {
  const made: (TokenStoreOptions & { readonly path: string })[] = [];
  const database = (url: Config["tokenStore"], options: TokenStoreOptions) => {
    const store = stores[made.length];
    made.push({ ...options, path: (url as typeof STORE_URL & { path: string }).path });
    if (!store) throw new Error("no more stores");
    return store;
  };
  server = await startServer(config, appRoutes, { database }, clock);
  return made;
}

async function ask(token: string | null, path = "/ping") {
  const headers = token === null ? {} : { Authorization: `Token ${token}` };
  const answer = await fetch(`${server?.url}${path}`, { headers });
  const text = await answer.text();
  return { status: answer.status, text, retryAfter: answer.headers.get("retry-after") };
}
const statuses = async (...tokens: string[]) =>
  (await Promise.all(tokens.map((token) => ask(token)))).map(({ status }) => status);
const health = async () => {
  const { status, text } = await ask(null, "/healthz");
  return [status, JSON.parse(text).text];
};
const metric = async (name: string) => {
  const { text } = await ask(null, "/metrics");
  return text.split("\n").filter((line) => line.startsWith(name));
};

test("startServer() accepts the tokens of the config and of the store; for one in both the store decides", async () => {
  const store = testStore(recordOf("token2"), recordOf("token3", { revoked: true }));
  await started(configOf(["token1", "token3"]), [store]);
  expect(await statuses("token1", "token2", "token3", "token4")).toEqual([200, 200, 403, 403]);
  store.put(recordOf("token4"), recordOf("token2", { disabled: true }));
  expect(await statuses("token1", "token2", "token3", "token4")).toEqual([200, 403, 403, 200]);
});

test("startServer() keeps a store open over reloads that name it, and creates it at the start only", async () => {
  const first = testStore(recordOf("token2"));
  const second = testStore(recordOf("token3"));
  const made = await started(configOf(["token1"]), [first, second]);
  first.become({ kind: "away", since: 1 });
  await server?.reload(configOf(["token9"]));
  expect([first.opened, first.closed]).toEqual([1, 0]);
  expect(await statuses("token1", "token2", "token9")).toEqual([503, 200, 200]);

  await server?.reload(configOf(["token1"], { tokenStore: OTHER }));
  expect(await statuses("token1", "token2", "token3")).toEqual([200, 403, 200]);
  expect([first.closed, second.opened]).toEqual([1, 1]);
  expect(made.map(({ create, path }) => [create, path])).toEqual([
    [true, "/never-there/tokens.db"],
    [false, "/never-there/other.db"],
  ]);

  await server?.reload(configOf(["token1"], { tokenStore: null }));
  expect(await statuses("token1", "token3")).toEqual([200, 403]);
  expect(second.closed).toBe(1);
});

test("startServer() keeps the current store if a reload with another one fails", async () => {
  const store = testStore(recordOf("token2"));
  const broken = { ...testStore(), open: () => Promise.reject(new Error("can't be opened")) };
  await started(configOf(["token1"]), [store, broken as unknown as TestStore]);
  await expect(server?.reload(configOf([], { tokenStore: OTHER }))).rejects.toThrow("can't be opened");
  expect(await statuses("token1", "token2")).toEqual([200, 200]);
  await server?.reload(configOf(["token9"]));
  expect(await statuses("token9", "token2")).toEqual([200, 200]);
  expect([store.opened, store.closed]).toEqual([1, 0]);
});

test("startServer() keeps the previous config if the store of the next one can't be read", async () => {
  const store = testStore(recordOf("token2"));
  const away = testStore();
  away.become({ kind: "away", loaded: false, problem: "sqlite:other.db: no such folder" });
  const nameless = testStore();
  nameless.become({ kind: "away", loaded: false });
  await started(configOf(["token1"]), [store, away, nameless]);
  const next = configOf(["token9"], { tokenStore: OTHER });
  await expect(server?.reload(next)).rejects.toThrow(new StoreError("sqlite:other.db: no such folder"));
  await expect(server?.reload(next)).rejects.toThrow(new StoreError("sqlite:tokens.db can't be reached"));
  expect(await statuses("token1", "token2", "token9")).toEqual([200, 200, 403]);
  expect([store.closed, away.closed, nameless.closed]).toEqual([0, 1, 1]);
});

test("startServer() accepts known tokens while the store is away, and answers 503 to others", async () => {
  const store = testStore(recordOf("token2"));
  await started(configOf(["token1"]), [store]);
  expect(await health()).toEqual([200, "healthy"]);
  expect(await metric("token_server_token_store_up ")).toEqual(["token_server_token_store_up 1"]);
  store.become({ kind: "away", since: Date.now() });
  expect(await statuses("token1", "token2")).toEqual([200, 200]);
  expect(await ask("token3")).toEqual({
    status: 503,
    text: '{"text":"Token store unavailable","status":"error"}',
    retryAfter: "1",
  });
  expect(await health()).toEqual([200, "healthy, but the token store sqlite:tokens.db is away"]);
  expect(await metric("token_server_token_store_up ")).toEqual(["token_server_token_store_up 0"]);
  store.become({ kind: "connected" });
  expect(await statuses("token3")).toEqual([403]);
  expect(await health()).toEqual([200, "healthy"]);
});

test("startServer() refuses the tokens of a store that is away for longer than stale_for, but not those of the config", async () => {
  let time = 10_000;
  const store = testStore(recordOf("token2"));
  // Setting the time of the machine, back or forth, changes nothing.
  let day = 0;
  const clock = { now: () => (day = day === 0 ? 1e12 : 0), elapsed: () => time };
  await started(configOf(["token1"], { staleFor: 5000 }), [store], clock);
  store.become({ kind: "away", since: 10_000 });
  time = 15_000;
  expect(await statuses("token1", "token2")).toEqual([200, 200]);
  time = 15_001;
  expect(await statuses("token1", "token2")).toEqual([200, 503]);
  expect(await health()).toEqual([503, "Token store unavailable"]);
  // A reload begins no new time.
  await server?.reload(configOf(["token1"], { staleFor: 5000 }));
  expect(await statuses("token1", "token2")).toEqual([200, 503]);
  expect(await metric('token_server_token_refusals_total{reason="store_away"}')).toEqual([
    'token_server_token_refusals_total{reason="store_away"} 2',
  ]);
});

test("startServer() starts without its store, with the tokens of the config, until it is loaded", async () => {
  const store = testStore();
  store.become({ kind: "away", loaded: false, problem: "sqlite:tokens.db: no such folder" });
  await started(configOf(["token1"]), [store]);
  expect(await statuses("token1", "token2")).toEqual([200, 503]);
  expect(await health()).toEqual([503, "Token store unavailable"]);
  store.become({ kind: "connected" });
  expect(await statuses("token2")).toEqual([503]);
  store.put(recordOf("token2"));
  store.become({ loaded: true });
  expect(await statuses("token1", "token2", "token3")).toEqual([200, 200, 403]);
  expect(await health()).toEqual([200, "healthy"]);
});

test("startServer() writes last uses to the store when it stops", async () => {
  const store = testStore(recordOf("token2"), recordOf("token3", { disabled: true }));
  await started(configOf(["token1"]), [store], { ...SYSTEM_CLOCK, now: () => 7000 });
  await statuses("token1", "token2", "token2", "token3", "token4");
  expect(store.uses).toEqual([]);
  await server?.stop(0);
  const { digest } = recordOf("token2");
  expect(store.uses).toEqual([{ digest, time: 7000, address: "127.0.0.1" }]);
  expect(store.closed).toBe(1);
});

test("startServer() counts tokens by state, and when a change was applied", async () => {
  const time = 1_000_000_000_000;
  const day = 24 * 3_600_000;
  const store = testStore(
    recordOf("token2", { expires: time + 13 * day }),
    recordOf("token3", { expires: time }),
    recordOf("token4", { revoked: true }),
    recordOf("token5", { notBefore: time + 1 }),
    recordOf("token6", { expires: time + 15 * day, disabled: true }),
  );
  let now = time;
  await started(configOf(["token1"]), [store], { ...SYSTEM_CLOCK, now: () => now });
  expect(await metric("token_server_token")).toEqual([
    'token_server_tokens{state="revoked"} 1',
    'token_server_tokens{state="disabled"} 1',
    'token_server_tokens{state="expired"} 1',
    'token_server_tokens{state="not_yet"} 1',
    'token_server_tokens{state="active"} 2',
    "token_server_tokens_expiring 1",
    "token_server_token_index_size 6",
    "token_server_token_store_up 1",
    ...["unknown", "revoked", "disabled", "expired", "not_yet", "wrong_network", "store_away"].map(
      (reason) => `token_server_token_refusals_total{reason="${reason}"} 0`,
    ),
  ]);
  now += 1000;
  store.put(recordOf("token2", { revoked: true }));
  await statuses("token2", "token3", "token4", "token5", "token9");
  expect(await metric("token_server_tokens_expiring")).toEqual(["token_server_tokens_expiring 0"]);
  expect(await metric("token_server_token_store_last_change")).toEqual([
    "token_server_token_store_last_change_timestamp_seconds 1000000001",
  ]);
  expect(await metric('token_server_token_refusals_total{reason="revoked')).toEqual([
    'token_server_token_refusals_total{reason="revoked"} 2',
  ]);
});
