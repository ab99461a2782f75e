import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { openAdmin, tokenStore } from "../../src/stores/open-store.ts";
import { storeUrl } from "../../src/stores/store-url.ts";
import { StoreError } from "../../src/tokens/store-error.ts";
import { sqliteFile } from "../support/sqlite-file.ts";
import { storedToken } from "../support/stored-tokens.ts";

/** A URL of a server that is not there, with a password. */
function absentServer() {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  listener.stop(true);
  return storeUrl(`postgres://anna:s3cret@127.0.0.1:${listener.port}/tokens`, "/");
}

test("tokenStore() and openAdmin() open the same file", async () => {
  const url = sqliteFile();
  const store = tokenStore(url, { create: false, elapsed: () => performance.now() });
  expect(await openAdmin(url, { create: false })).toBeNull();
  expect(existsSync(url.path)).toBe(false);
  const admin = await openAdmin(url, { create: true });
  const token = storedToken("token1");
  await admin?.transaction((writes) => writes.insert(token));
  await admin?.close();
  expect([...(await store.open())].map(({ handle }) => handle)).toEqual([token.handle]);
  await store.close();
});

test("tokenStore() is away if no server is there, and reports it without the password", async () => {
  const store = tokenStore(absentServer(), { create: true, elapsed: () => performance.now() });
  expect([...(await store.open())]).toEqual([]);
  expect(store.state()).toMatchObject({ kind: "away", loaded: false });
  expect(store.state().problem).toStartWith("postgres://127.0.0.1:");
  expect(store.state().problem).not.toContain("s3cret");
  await store.close();
});

test("openAdmin() throws a StoreError without the password if no server is there", async () => {
  const error = await openAdmin(absentServer(), { create: false }).catch((reason) => reason);
  expect(error).toBeInstanceOf(StoreError);
  expect(error.message).toStartWith("postgres://127.0.0.1:");
  expect(Bun.inspect(error)).not.toContain("s3cret");
});
