import { expect, test } from "bun:test";
import { digestToken } from "../../src/tokens/token.ts";
import type { TokenStore } from "../../src/tokens/token-store.ts";
import { userLoader } from "../../src/tokens/user-loader.ts";

const user = { name: "anna" };
const digest = digestToken("token1");

test("userLoader() asks the store for the digest, and never shows it the token", () => {
  const asked: unknown[][] = [];
  const store: TokenStore = {
    size: 1,
    ready: () => true,
    find(...all) {
      asked.push(all);
      return user;
    },
  };
  expect(userLoader(store)(digest)).toBe(user);
  expect(asked).toEqual([[digest]]);
});

test("userLoader() gives null where the store knows no user", () => {
  expect(userLoader({ size: 0, ready: () => true, find: () => null })(digest)).toBeNull();
});

test("userLoader() gives the store's promise as it is", async () => {
  const promise = Promise.resolve(user);
  expect(userLoader({ size: 1, ready: () => true, find: () => promise })(digest)).toBe(promise);
  expect(await promise).toBe(user);
});

test("userLoader() lets a store's fault through", () => {
  const fault = new Error("the store is gone");
  const load = userLoader({
    size: 1,
    ready: () => true,
    find() {
      throw fault;
    },
  });
  expect(() => load(digest)).toThrow(fault);
});
