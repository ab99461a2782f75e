import { expect, test } from "bun:test";
import { configStore } from "../../src/stores/config-store.ts";
import { digestToken } from "../../src/tokens/token.ts";
import { IDS, TOKEN1_ID } from "../support/send.ts";
import { tokenIds, type TokenIds } from "../../src/tokens/token-ids.ts";
import { tokenStoreContract } from "./token-store-contract.ts";

tokenStoreContract("configStore()", (tokens) => configStore({ tokens }, IDS));

const tokens = Array.from({ length: 100 }, (_, index) => `token${index}`);

function namesOf(given: readonly string[], ids: TokenIds = IDS): (string | undefined)[] {
  const store = configStore({ tokens: given }, ids);
  return tokens.map((token) => {
    const user = store.find(digestToken(token));
    return user instanceof Promise ? undefined : user?.name;
  });
}

test("configStore() gives a token the same id for as long as its key lasts, whatever stands beside it", () => {
  const names = namesOf(tokens);
  expect(names[1]).toBe(TOKEN1_ID);
  expect(new Set(names).size).toBe(100);
  expect(namesOf(tokens)).toEqual(names);
  expect(namesOf(tokens.toReversed())).toEqual(names);
  expect(namesOf(["token1"])[1]).toBe(TOKEN1_ID);
  expect(namesOf(tokens, tokenIds())[1]).not.toBe(TOKEN1_ID);
});

test("find() answers at once and with one user object a token", () => {
  const store = configStore({ tokens: ["token1"] }, IDS);
  const user = store.find(digestToken("token1"));
  expect(user).toEqual({ name: TOKEN1_ID });
  expect(store.find(digestToken("token1"))).toBe(user);
});

test("configStore() gives the name of a token that has one, and an id to the others", () => {
  const store = configStore({ tokens: ["token1", { token: "token2", name: "anna" }, "token3"] }, IDS);
  expect(store.size).toBe(3);
  expect(store.find(digestToken("token2"))).toEqual({ name: "anna" });
  expect(store.find(digestToken("token1"))).toEqual({ name: TOKEN1_ID });
  expect(store.find(digestToken("token3"))).toEqual({ name: IDS.userId(digestToken("token3")) });
  expect(store.find(digestToken("anna"))).toBeNull();
  expect(Bun.inspect(store, { depth: 10 })).not.toContain("token2");
});

test("configStore() holds no token, only digests", () => {
  const list = ["token1"];
  const store = configStore({ tokens: list }, IDS);
  list.push("token2");
  expect(store.find(digestToken("token2"))).toBeNull();
  expect(Bun.inspect(store, { depth: 10 })).not.toContain("token1");
});

test("configStore() tells tokens apart whose digests begin alike", () => {
  // Two tokens share four slots: of all these, many begin alike in the bits that choose one.
  const all = Array.from({ length: 200 }, (_, n) => `token-${n}`);
  for (const [index, token] of all.entries()) {
    const both = configStore({ tokens: [token, ...all.slice(0, index)] }, IDS);
    expect(both.size).toBe(index === 0 ? 1 : index + 1);
    for (const other of all) {
      const user = both.find(digestToken(other));
      if (all.indexOf(other) <= index) expect(user).toEqual({ name: IDS.userId(digestToken(other)) });
      else expect(user).toBeNull();
    }
  }
});
