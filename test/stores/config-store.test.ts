import { expect, test } from "bun:test";
import { configStore } from "../../src/stores/config-store.ts";
import { digestToken } from "../../src/tokens/token.ts";
import { userOfDigest } from "../../src/tokens/user.ts";
import { tokenStoreContract } from "./token-store-contract.ts";

tokenStoreContract("configStore()", (tokens) => configStore({ tokens }));

const tokens = Array.from({ length: 100 }, (_, index) => `token${index}`);

function uuidsOf(given: readonly string[]): (string | undefined)[] {
  const store = configStore({ tokens: given });
  return tokens.map((token) => {
    const user = store.find(digestToken(token));
    return user instanceof Promise ? undefined : user?.uuid;
  });
}

test("configStore() gives a token the same uuid at every start, whatever stands beside it", () => {
  const uuids = uuidsOf(tokens);
  expect(uuids[1]).toBe("df3e6b0b-b66c-8aad-aa4f-84cbc371fd66");
  expect(uuidsOf(tokens)).toEqual(uuids);
  expect(uuidsOf(tokens.toReversed())).toEqual(uuids);
  expect(uuidsOf(["token1"])[1]).toBe(uuids[1]);
});

test("RFC 9562 5.8: configStore() gives uuids of version 8, each another", () => {
  const uuids = uuidsOf(tokens);
  for (const uuid of uuids) {
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
  expect(new Set(uuids).size).toBe(100);
});

test("find() answers at once and with one user object a token", () => {
  const store = configStore({ tokens: ["token1"] });
  const user = store.find(digestToken("token1"));
  expect(user).toEqual({ uuid: "df3e6b0b-b66c-8aad-aa4f-84cbc371fd66" });
  expect(store.find(digestToken("token1"))).toBe(user);
});

test("configStore() holds no token, only digests", () => {
  const list = ["token1"];
  const store = configStore({ tokens: list });
  list.push("token2");
  expect(store.find(digestToken("token2"))).toBeNull();
  expect(Bun.inspect(store, { depth: 10 })).not.toContain("token1");
});

test("configStore() tells tokens apart whose digests begin alike", () => {
  // Two tokens share four slots: of all these, many begin alike in the bits that choose one.
  const all = Array.from({ length: 200 }, (_, n) => `token-${n}`);
  for (const [index, token] of all.entries()) {
    const both = configStore({ tokens: [token, ...all.slice(0, index)] });
    expect(both.size).toBe(index === 0 ? 1 : index + 1);
    for (const other of all) {
      const user = both.find(digestToken(other));
      if (all.indexOf(other) <= index) expect(user).toEqual(userOfDigest(digestToken(other)));
      else expect(user).toBeNull();
    }
  }
});
