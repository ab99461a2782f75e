import { expect, test } from "bun:test";
import { configStore } from "../../src/stores/config-store.ts";
import { digestToken } from "../../src/tokens/token.ts";
import { tokenStoreContract } from "./token-store-contract.ts";

tokenStoreContract("configStore()", (tokens) => configStore({ tokens }));
tokenStoreContract("configStore() of digests", (tokens) =>
  configStore({ tokens: tokens.map((token) => ({ sha256: digestToken(token).toHex().toUpperCase() })) }),
);

test("open() returns the name of a token that has one, in the order of the config", async () => {
  const sha256 = digestToken("token4").toHex();
  const store = configStore({
    tokens: ["token1", { token: "token2", name: "anna" }, "token3", { sha256, name: "bert" }],
  });
  expect([...(await store.open())]).toEqual([
    { digest: digestToken("token1"), user: null, handle: null, isLasting: true },
    { digest: digestToken("token2"), user: { name: "anna" }, handle: null, isLasting: true },
    { digest: digestToken("token3"), user: null, handle: null, isLasting: true },
    { digest: digestToken("token4"), user: { name: "bert" }, isLasting: true },
  ]);
});

test("open() makes each record when it is read", async () => {
  let read = 0;
  const entry = {
    name: "anna",
    get token() {
      return `token${(read += 1)}`;
    },
  };
  const records = (await configStore({ tokens: [entry, entry] }).open())[Symbol.iterator]();
  expect(read).toBe(0);
  expect(records.next().value).toEqual({
    digest: digestToken("token1"),
    user: { name: "anna" },
    handle: null,
    isLasting: true,
  });
  expect(read).toBe(1);
});

test("configStore() keeps no token once it is open", async () => {
  const store = configStore({ tokens: ["token1"] });
  await store.open();
  expect([...(await store.open())]).toEqual([]);
});
