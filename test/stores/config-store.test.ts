import { expect, test } from "bun:test";
import { configStore } from "../../src/stores/config-store.ts";
import { mintToken } from "../../src/tokens/minted-token.ts";
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

test("open() returns the fields of an entry", async () => {
  const [token, handle] = [mintToken(), expect.stringMatching(/^[0-9A-Za-z]{8}$/)];
  const sha256 = digestToken("token2").toHex();
  const store = configStore({
    tokens: [
      {
        token,
        user: "anna",
        name: "Anna's laptop",
        scopes: ["read"],
        from: ["::1"],
        notBefore: 1,
        expires: 2,
      },
      { sha256, user: "anna", disabled: true },
      { token: "token3", expires: 0 },
      { token: "token4" },
    ],
  });
  const rules = { scopes: [], from: [], notBefore: null, expires: null, disabled: false, revoked: false };
  expect([...(await store.open())]).toEqual([
    {
      digest: digestToken(token),
      user: { name: "anna" },
      handle: handle as unknown as string,
      rules: { ...rules, scopes: ["read"], from: ["::1"], notBefore: 1, expires: 2 },
      isLasting: true,
    },
    {
      digest: digestToken("token2"),
      user: { name: "anna" },
      rules: { ...rules, disabled: true },
      isLasting: true,
    },
    {
      digest: digestToken("token3"),
      user: null,
      handle: null,
      rules: { ...rules, expires: 0 },
      isLasting: true,
    },
    { digest: digestToken("token4"), user: null, handle: null, isLasting: true },
  ]);
});
