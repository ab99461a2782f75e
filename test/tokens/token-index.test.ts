import { describe, expect, test } from "bun:test";
import { tokenIds, type TokenIds } from "../../src/tokens/token-ids.ts";
import { fillIndex, tokenIndex } from "../../src/tokens/token-index.ts";
import type { TokenRecord, TokenRules } from "../../src/tokens/token-record.ts";
import type { TokenStore } from "../../src/tokens/token-store.ts";
import { digestToken } from "../../src/tokens/token.ts";
import { IDS, TOKEN1_ID } from "../support/send.ts";

const record = (token: string, name?: string): TokenRecord => ({
  digest: digestToken(token),
  user: name === undefined ? null : { name },
});

function indexOf(tokens: readonly string[], ids: TokenIds = IDS) {
  const index = tokenIndex(ids);
  index.apply(tokens.map((token) => record(token)));
  return index;
}

const nameOf = (index: ReturnType<typeof tokenIndex>, token: string) =>
  index.find(digestToken(token))?.user.name ?? null;

describe("tokenIndex()", () => {
  test("find() returns the digest and the user of a record", () => {
    const index = tokenIndex(IDS);
    index.apply([record("token1"), record("token2", "anna")]);
    expect(index.find(digestToken("token1"))).toEqual({
      digest: digestToken("token1"),
      user: { name: TOKEN1_ID, tokenId: IDS.handle(digestToken("token1")), scopes: [] },
      rules: null,
      isLasting: false,
    });
    expect(index.find(digestToken("token2"))).toEqual({
      digest: digestToken("token2"),
      user: { name: "anna", tokenId: IDS.handle(digestToken("token2")), scopes: [] },
      rules: null,
      isLasting: false,
    });
    expect(index.find(digestToken("anna"))).toBeNull();
  });

  test("find() returns the same user each time", () => {
    const index = indexOf(["token1"]);
    const user = index.find(digestToken("token1"))?.user;
    expect(user).toEqual({ name: TOKEN1_ID, tokenId: IDS.handle(digestToken("token1")), scopes: [] });
    expect(index.find(digestToken("token1"))?.user).toBe(user);
  });

  test("find() returns null for an unknown token, and keeps doing so", () => {
    const index = indexOf(["token1"]);
    for (const token of ["token2", "TOKEN1", "token", "token11", ""]) {
      expect([nameOf(index, token), nameOf(index, token)]).toEqual([null, null]);
    }
    expect(nameOf(index, "token1")).toBe(TOKEN1_ID);
    expect(indexOf([]).find(digestToken("token1"))).toBeNull();
  });

  test("find() returns null for a digest that differs in one bit, and for a token that is the digest of another", () => {
    const index = indexOf(["token1", digestToken("token2").toHex()]);
    for (let bit = 0; bit < 256; bit += 1) {
      const other = digestToken("token1").map((byte, at) =>
        at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte,
      );
      expect(index.find(other)).toBeNull();
    }
    expect(index.find(digestToken("token2"))).toBeNull();
    expect(nameOf(index, "token1")).toBe(TOKEN1_ID);
  });

  test("a user without a name has the same id for as long as the key lasts, whatever else is in the index", () => {
    const tokens = Array.from({ length: 100 }, (_, at) => `token${at}`);
    const names = (given: readonly string[], ids?: TokenIds) => {
      const index = indexOf(given, ids);
      return tokens.map((token) => nameOf(index, token));
    };
    expect(names(tokens)[1]).toBe(TOKEN1_ID);
    expect(new Set(names(tokens)).size).toBe(100);
    expect(names(tokens.toReversed())).toEqual(names(tokens));
    expect(names(["token1"])[1]).toBe(TOKEN1_ID);
    expect(names(tokens, tokenIds())[1]).not.toBe(TOKEN1_ID);
  });

  test("size counts each token once", () => {
    const index = indexOf(["token1", "token2", "token1"]);
    expect(index.size).toBe(2);
    index.find(digestToken("token1"));
    index.find(digestToken("token3"));
    expect(index.size).toBe(2);
    expect(indexOf([]).size).toBe(0);
  });

  test("apply() replaces the record of a known digest", () => {
    const index = tokenIndex(IDS);
    index.apply([record("token1"), record("token2", "anna")]);
    expect(nameOf(index, "token1")).toBe(TOKEN1_ID);
    index.apply([record("token1", "bert"), record("token2")]);
    expect([nameOf(index, "token1"), nameOf(index, "token2")]).toEqual([
      "bert",
      IDS.userId(digestToken("token2")),
    ]);
    index.apply([record("token1", "carl")]);
    expect([nameOf(index, "token1"), index.size]).toEqual(["carl", 2]);
  });

  test("tells tokens apart whose digests begin alike", () => {
    const alike = Array.from({ length: 300 }, (_, at) => {
      const digest = new Uint8Array(32);
      digest[31 - (at % 7)] = at & 0xff;
      digest[20] = at >> 8;
      return digest;
    });
    const distinct = [...new Map(alike.map((digest) => [digest.toHex(), digest])).values()];
    const index = tokenIndex(IDS);
    for (const [at, digest] of distinct.entries()) {
      expect(index.find(digest)).toBeNull();
      index.apply([{ digest, user: { name: `user${at}` } }]);
    }
    expect(distinct.map((digest) => index.find(digest)?.user.name)).toEqual(
      distinct.map((_, at) => `user${at}`),
    );
  });

  test("finds every token when it has grown, and none of the others", () => {
    const index = tokenIndex(IDS);
    const count = 70_000;
    index.apply(
      (function* () {
        for (let at = 0; at < count; at += 1) yield record(`token${at}`, `user${at}`);
      })(),
    );
    expect(index.size).toBe(count);
    let wrong = 0;
    for (let at = 0; at < count; at += 1) {
      if (nameOf(index, `token${at}`) !== `user${at}`) wrong += 1;
      if (nameOf(index, `other${at}`) !== null) wrong += 1;
    }
    expect(wrong).toBe(0);
  });
});

describe("tokenIndex() with rules and handles", () => {
  const RULES: TokenRules = {
    scopes: ["read", "write"],
    from: ["10.0.0.0/8"],
    notBefore: 1000,
    expires: 2000.5,
    disabled: false,
    revoked: false,
  };
  const of = (token: string, given: Partial<TokenRecord> = {}): TokenRecord => ({
    ...record(token),
    ...given,
  });

  test("find() returns all that was set", () => {
    const index = tokenIndex(IDS);
    const user = { name: "anna" };
    index.apply([of("token1", { user, handle: "Ab3dE6gH", rules: RULES, isLasting: true })]);
    expect(index.find(digestToken("token1"))).toEqual({
      digest: digestToken("token1"),
      user: { name: "anna", tokenId: "Ab3dE6gH", scopes: ["read", "write"] },
      rules: RULES,
      isLasting: true,
    });
  });

  test.each<Partial<TokenRules>>([
    { notBefore: null },
    { expires: null },
    { notBefore: 0, expires: 0 },
    { notBefore: null, expires: null, scopes: [], from: [] },
    { disabled: true },
    { revoked: true },
  ])("find() returns rules with %j as they are", (given) => {
    const index = tokenIndex(IDS);
    index.apply([of("token1", { rules: RULES }), of("token2", { rules: { ...RULES, ...given } })]);
    expect(index.find(digestToken("token1"))?.rules).toEqual(RULES);
    expect(index.find(digestToken("token2"))?.rules).toEqual({ ...RULES, ...given });
  });

  test("find() returns one list of networks for all tokens that have the same, so that its test is made once", () => {
    const index = tokenIndex(IDS);
    const listed = () => ({ rules: { ...RULES, from: ["10.0.0.0/8"], expires: Math.random() } });
    index.apply([of("token1", listed()), of("token2", listed())]);
    const [one, other] = ["token1", "token2"].map((token) => index.find(digestToken(token))?.rules?.from);
    expect(one).toEqual(["10.0.0.0/8"]);
    expect(one).toBe(other as never);
  });

  test("apply() replaces everything of a token in use, also with nothing", () => {
    const index = tokenIndex(IDS);
    const user = { name: "anna" };
    index.apply([of("token1", { user, handle: "Ab3dE6gH", rules: RULES, isLasting: true })]);
    index.find(digestToken("token1"));
    index.apply([of("token1", { user, handle: "zZ000000", rules: { ...RULES, revoked: true, scopes: [] } })]);
    expect(index.find(digestToken("token1"))).toMatchObject({
      user: { name: "anna", tokenId: "zZ000000", scopes: [] },
      rules: { revoked: true },
      isLasting: false,
    });
    index.apply([of("token1")]);
    expect(index.find(digestToken("token1"))).toEqual({
      digest: digestToken("token1"),
      user: { name: TOKEN1_ID, tokenId: IDS.handle(digestToken("token1")), scopes: [] },
      rules: null,
      isLasting: false,
    });
  });

  test("visit() shows the rules and the handle of every record", () => {
    const index = tokenIndex(IDS);
    index.apply([
      of("token1", { handle: "Ab3dE6gH", rules: RULES }),
      of("token2"),
      of("token3", { handle: "zZ000000", rules: { ...RULES, scopes: [], expires: null, revoked: true } }),
    ]);
    const seen: unknown[] = [];
    index.visit((rules, handle) => seen.push([rules && { ...rules }, handle()]));
    expect(seen).toEqual([
      [RULES, "Ab3dE6gH"],
      [null, IDS.handle(digestToken("token2"))],
      [{ ...RULES, scopes: [], expires: null, revoked: true }, "zZ000000"],
    ]);
    index.apply([of("token1", { handle: "Ab3dE6gH" })]);
    seen.length = 0;
    index.visit((rules, handle) => seen.push([rules?.revoked, handle()]));
    expect(seen).toEqual([
      [undefined, "Ab3dE6gH"],
      [undefined, IDS.handle(digestToken("token2"))],
      [true, "zZ000000"],
    ]);
  });

  test("keeps a million records in at most 250 bytes each", async () => {
    const script = `${import.meta.dir}/../support/million-records.ts`;
    const child = Bun.spawn([process.execPath, script], { stdout: "pipe", stderr: "inherit" });
    const { tokens, bytes } = JSON.parse(await child.stdout.text());
    expect([tokens, bytes <= 250 ? "at most 250" : bytes]).toEqual([1_000_000, "at most 250"]);
  }, 60_000);
});

describe("fillIndex()", () => {
  const storeOf = (given: Partial<TokenStore>): TokenStore => ({
    open: async () => [],
    onChange() {},
    state: () => ({ kind: "connected", since: 0, loaded: true }),
    close: async () => {},
    ...given,
  });

  test("loads the records of a store, and what changes after that", async () => {
    const index = tokenIndex(IDS);
    let report: ((changed: Iterable<TokenRecord>) => void) | undefined;
    const store = storeOf({
      open: async () => [record("token1"), record("token2")],
      onChange: (listener) => (report = listener),
    });
    await fillIndex(index, store);
    expect([index.size, nameOf(index, "token1")]).toEqual([2, TOKEN1_ID]);
    report?.([record("token1", "anna"), record("token3")]);
    report?.([record("token1", "bert")]);
    expect([index.size, nameOf(index, "token1")]).toEqual([3, "bert"]);
  });

  test("loads every record of a store that makes them as they are read, and lets others work meanwhile", async () => {
    const index = tokenIndex(IDS);
    const count = 25_000;
    function* records() {
      for (let at = 0; at < count; at += 1) yield record(`token${at}`, `user${at}`);
    }
    let turns = 0;
    const turn = () => {
      if (index.size === count) return;
      turns += 1;
      setImmediate(turn);
    };
    setImmediate(turn);
    await fillIndex(index, storeOf({ open: async () => records() }));
    expect([index.size, nameOf(index, `token${count - 1}`)]).toEqual([count, `user${count - 1}`]);
    expect(turns).toBeGreaterThan(1);
  });

  test("calls back after each change", async () => {
    const index = tokenIndex(IDS);
    let report: ((changed: Iterable<TokenRecord>) => void) | undefined;
    const names: (string | null)[] = [];
    await fillIndex(index, storeOf({ onChange: (listener) => (report = listener) }), () =>
      names.push(nameOf(index, "token1")),
    );
    expect(names).toEqual([]);
    report?.([record("token1", "anna")]);
    report?.([record("token1", "bert")]);
    expect(names).toEqual(["anna", "bert"]);
  });

  test("fails if the store does, and then registers no listener", async () => {
    const index = tokenIndex(IDS);
    let listens = false;
    const store = storeOf({
      open: () => Promise.reject(new Error("the store is gone")),
      onChange: () => void (listens = true),
    });
    await expect(fillIndex(index, store)).rejects.toThrow("the store is gone");
    expect([listens, index.size]).toEqual([false, 0]);
  });
});
