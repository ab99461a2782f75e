import { afterEach, expect, test } from "bun:test";
import type { Config } from "../../src/config/config.ts";
import { appRoutes, type RouteMaker } from "../../src/routes/route-kinds.ts";
import type { StoreMakers } from "../../src/server/token-sources.ts";
import { startServer, type Server } from "../../src/server/server.ts";
import { configStore } from "../../src/stores/config-store.ts";
import type { TokenRecord } from "../../src/tokens/token-record.ts";
import type { TokenStore } from "../../src/tokens/token-store.ts";
import { digestToken } from "../../src/tokens/token.ts";
import { certified } from "../support/certificates.ts";
import { configOfTokens, listenOn, QUIET } from "../support/seed-config.ts";

const configOf = (token: string, given: Partial<Config> = {}) =>
  configOfTokens([token], {
    listen: listenOn(),
    log: QUIET,
    ...given,
  });
let server: Server | null = null;

afterEach(async () => {
  await server?.stop(0);
  server = null;
});

const status = async (token: string, path = "/ping") => {
  const headers = { Authorization: `Token ${token}` };
  const answer = await fetch(`${server?.url}${path}`, { headers, tls: { rejectUnauthorized: false } });
  return answer.status;
};

/** Stores that note when they are opened and closed, by their first token, and that `given` changes. */
function notedStores(given: (token: string, store: TokenStore) => Partial<TokenStore> = () => ({})) {
  const notes: string[] = [];
  const waiting = new Map<string, () => void>();
  const note = (text: string) => {
    notes.push(text);
    waiting.get(text)?.();
  };
  const make: StoreMakers["config"] = (options) => {
    const [token] = options.tokens;
    const store = configStore(options);
    const changed = { ...store, ...given(String(token), store) };
    return {
      ...changed,
      open: () => (note(`open ${token}`), changed.open()),
      close: () => (note(`close ${token}`), changed.close()),
    };
  };
  const noted = (text: string) =>
    notes.includes(text)
      ? Promise.resolve()
      : new Promise<void>((resolve) => waiting.set(text, () => resolve()));
  return { notes, makers: { config: make }, noted };
}

/** The server's routes, and one that answers when `release` is called. */
function waitingRoutes() {
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<Response>();
  const routes: RouteMaker = (options, services) => [
    ...appRoutes(options, services),
    { methods: ["GET"], path: "/wait", handler: () => (reached.resolve(), released.promise) },
  ];
  return { routes, reached: reached.promise, release: () => released.resolve(new Response("late")) };
}

test("reload() uses the previous config until the next store is open", async () => {
  const opening = Promise.withResolvers<void>();
  const stores = notedStores((token, { open }) =>
    token === "token2" ? { open: async () => (await opening.promise, open()) } : {},
  );
  server = await startServer(configOf("token1"), appRoutes, stores.makers);
  const reloading = server.reload(configOf("token2"));
  await stores.noted("open token2");
  expect([await status("token1"), await status("token2")]).toEqual([200, 403]);
  opening.resolve();
  await reloading;
  expect([await status("token1"), await status("token2")]).toEqual([403, 200]);
  expect(stores.notes).toEqual(["open token1", "open token2", "close token1"]);
});

test("reload() closes the previous store once its requests are over", async () => {
  const stores = notedStores();
  const { routes, reached, release } = waitingRoutes();
  server = await startServer(configOf("token1"), routes, stores.makers);
  const late = status("token1", "/wait");
  await reached;
  await server.reload(configOf("token2"));
  expect([await status("token1"), await status("token2")]).toEqual([403, 200]);
  expect(stores.notes).toEqual(["open token1", "open token2"]);
  release();
  expect(await late).toBe(200);
  await stores.noted("close token1");
  expect(stores.notes).toEqual(["open token1", "open token2", "close token1"]);
});

test("reload() keeps the previous config where the next store can't be opened", async () => {
  const stores = notedStores((token) =>
    token === "token2" ? { open: () => Promise.reject(new Error("the store is gone")) } : {},
  );
  server = await startServer(configOf("token1"), appRoutes, stores.makers);
  await expect(server.reload(configOf("token2"))).rejects.toThrow("the store is gone");
  expect([await status("token1"), await status("token2")]).toEqual([200, 403]);
  expect(stores.notes).toEqual(["open token1", "open token2"]);
});

test("reload() closes the next store where the next certificate can't be used", async () => {
  const stores = notedStores();
  const { cert, key } = certified("one");
  const tls = (given: { cert: string; key: string }) => listenOn({ tls: { ...given, clientCa: null } });
  server = await startServer(configOf("token1", { listen: tls({ cert, key }) }), appRoutes, stores.makers);
  const next = configOf("token2", { listen: tls({ cert, key: certified("other").key }) });
  await expect(server.reload(next)).rejects.toThrow("server.http.tls can't be used");
  await stores.noted("close token2");
  expect([await status("token1"), await status("token2")]).toEqual([200, 403]);
  expect(stores.notes).toEqual(["open token1", "open token2", "close token2"]);
});

test("stop() closes the store, and those whose requests are not over", async () => {
  const stores = notedStores();
  const { routes, reached, release } = waitingRoutes();
  server = await startServer(configOf("token1"), routes, stores.makers);
  const late = status("token1", "/wait").catch(() => null);
  await reached;
  await server.reload(configOf("token2"));
  expect(await server.stop(0)).toBe(1);
  expect(stores.notes.slice(2).toSorted()).toEqual(["close token1", "close token2"]);
  release();
  await late;
});

test("stop() ends even where a store can't be closed", async () => {
  const stores = notedStores(() => ({ close: () => Promise.reject(new Error("the store is gone")) }));
  server = await startServer(configOf("token1"), appRoutes, stores.makers);
  expect(await server.stop(0)).toBe(0);
  expect(stores.notes).toEqual(["open token1", "close token1"]);
});

test("startServer() closes the store where a listener can't be opened", async () => {
  const stores = notedStores();
  const config = configOf("token1", { listen: listenOn({ host: "192.0.2.1" }) });
  await expect(startServer(config, appRoutes, stores.makers)).rejects.toThrow("192.0.2.1");
  expect(stores.notes).toEqual(["open token1", "close token1"]);
});

test("startServer() does not listen where the store can't be opened", async () => {
  const { makers } = notedStores(() => ({ open: () => Promise.reject(new Error("the store is gone")) }));
  await expect(startServer(configOf("token1"), appRoutes, makers)).rejects.toThrow("the store is gone");
});

test("startServer() takes what a store changes from the next request on", async () => {
  let report: ((changed: Iterable<TokenRecord>) => void) | undefined;
  const { makers } = notedStores(() => ({ onChange: (listener) => (report = listener) }));
  server = await startServer(configOf("token1"), appRoutes, makers);
  expect([await status("token1"), await status("token2")]).toEqual([200, 403]);
  report?.([{ digest: digestToken("token2"), user: { name: "anna" } }]);
  expect([await status("token1"), await status("token2")]).toEqual([200, 200]);
});
