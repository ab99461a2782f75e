import { describe, expect, test } from "bun:test";
import { tokenIndex } from "../../src/tokens/token-index.ts";
import type { TokenRecord, TokenRules } from "../../src/tokens/token-record.ts";
import { digestToken } from "../../src/tokens/token.ts";
import type { StoreState } from "../../src/tokens/token-store.ts";
import {
  PERHAPS_NEW,
  UNKNOWN,
  userLoader,
  withdrawal,
  type RefusedToken,
  type TokenRefusal,
  type UserLoaderOptions,
} from "../../src/tokens/user-loader.ts";
import { loadingOf } from "../support/loading.ts";
import { IDS } from "../support/send.ts";

const HANDLE = "Ab3dE6gH";
const RULES: TokenRules = {
  scopes: ["read"],
  from: [],
  notBefore: null,
  expires: null,
  disabled: false,
  revoked: false,
};
const TOKEN: TokenRecord = { digest: digestToken("token1"), user: { name: "anna" }, handle: HANDLE };
const ANNA = { name: "anna", tokenId: HANDLE, scopes: ["read"] };
const BEARER = bearerAt("192.0.2.1");

function bearerAt(address: string | null) {
  return { client: () => ({ address }) };
}

const stateOf = (kind: StoreState["kind"], since = 0): StoreState => ({ kind, since, loaded: true });

/** What is loaded of a token, which the index has with these rules. */
function loaded(
  { rules, ...record }: { readonly rules?: Partial<TokenRules> } & Partial<Omit<TokenRecord, "rules">>,
  options: Partial<UserLoaderOptions> = {},
  { token = "token1", bearer = BEARER } = {},
) {
  const index = tokenIndex(IDS);
  index.apply([{ ...TOKEN, ...record, ...(rules && { rules: { ...RULES, ...rules } }) }]);
  return userLoader(index, loadingOf(options))(digestToken(token), bearer);
}

const refused = (reason: TokenRefusal, tokenId: string | null = HANDLE): RefusedToken => ({
  reason,
  tokenId,
});

describe("userLoader()", () => {
  test("returns the user of a record at once, with its handle and its scopes", () => {
    expect(loaded({ rules: {} })).toEqual(ANNA);
    expect(loaded({})).toEqual({ ...ANNA, scopes: [] });
    expect(loaded({ handle: null })).toMatchObject({ tokenId: IDS.handle(digestToken("token1")) });
  });

  test("refuses a digest without a record as unknown", () => {
    expect(loaded({}, {}, { token: "token2" })).toEqual(refused("unknown", null));
  });

  test.each<[Partial<TokenRules>, TokenRefusal]>([
    [{ revoked: true }, "revoked"],
    [{ disabled: true }, "disabled"],
    [{ expires: 1000 }, "expired"],
    [{ expires: 999 }, "expired"],
    [{ expires: 0 }, "expired"],
    [{ notBefore: 1001 }, "not_yet"],
    [{ from: ["10.0.0.0/8", "2001:db8::/32"] }, "wrong_network"],
    // The first reason counts that lasts the longest.
    [{ revoked: true, disabled: true, expires: 1, from: ["10.0.0.0/8"] }, "revoked"],
    [{ disabled: true, expires: 1, notBefore: 1001 }, "disabled"],
    [{ expires: 1, notBefore: 1001, from: ["10.0.0.0/8"] }, "expired"],
    [{ notBefore: 1001, from: ["10.0.0.0/8"] }, "not_yet"],
  ])("refuses a token with %j at 1000, naming it: %s", (rules, reason) => {
    expect(loaded({ rules }, { now: () => 1000 })).toEqual(refused(reason));
  });

  test.each<Partial<TokenRules>>([
    { expires: 1001 },
    { notBefore: 1000 },
    { notBefore: 0, expires: 2000 },
    { from: ["10.0.0.0/8", "192.0.2.0/24"] },
    { from: ["192.0.2.1"] },
  ])("accepts a token with %j at 1000", (rules) => {
    expect(loaded({ rules }, { now: () => 1000 })).toEqual(ANNA);
  });

  test.each<[string | null, readonly string[], boolean]>([
    ["2001:db8::7", ["2001:db8::/32"], true],
    ["2001:db9::7", ["2001:db8::/32"], false],
    ["::ffff:192.0.2.1", ["192.0.2.0/24"], true],
    [null, ["0.0.0.0/0", "::/0"], false],
    ["unknown", ["0.0.0.0/0", "::/0"], false],
  ])("judges the address %j within %j", (address, from, isWithin) => {
    const result = loaded({ rules: { from } }, {}, { token: "token1", bearer: bearerAt(address) });
    expect(result).toEqual(isWithin ? ANNA : refused("wrong_network"));
  });

  test("asks for the client only if the token is bound to networks", () => {
    const bearer = { client: () => expect.unreachable() };
    const one = { token: "token1", bearer };
    expect(loaded({ rules: { expires: 1 } }, {}, one)).toEqual(ANNA);
    expect(loaded({ rules: { disabled: true, from: ["10.0.0.0/8"] } }, {}, one)).toEqual(refused("disabled"));
  });

  test("reads the clock for each request: a token expires while the server runs", () => {
    let time = 999;
    const index = tokenIndex(IDS);
    index.apply([{ ...TOKEN, rules: { ...RULES, expires: 1000 } }]);
    const load = userLoader(index, loadingOf({ now: () => time }));
    expect(load(TOKEN.digest, BEARER)).toEqual(ANNA);
    time = 1000;
    expect(load(TOKEN.digest, BEARER)).toEqual(refused("expired"));
  });

  test("passes on the error of an index", () => {
    const broken = {
      find() {
        throw new Error("out of order");
      },
    };
    expect(() => userLoader(broken, loadingOf())(TOKEN.digest, BEARER)).toThrow("out of order");
  });
});

describe("withdrawal()", () => {
  const reasonOf = (record: Partial<TokenRecord> | null, state: Partial<StoreState> = {}) => {
    const index = tokenIndex(IDS);
    if (record !== null) index.apply([{ ...TOKEN, ...record }]);
    const store = {
      state: () => ({ ...stateOf("connected"), ...state }),
      refresh: () => expect.unreachable(),
    };
    return withdrawal(index, loadingOf({ store, now: () => 1000 }))(TOKEN.digest, BEARER);
  };

  test("says why a token would be refused now, without asking a store", () => {
    const rules = (given: Partial<TokenRules>) => ({ rules: { ...RULES, ...given } });
    expect(reasonOf({})).toBeNull();
    expect(reasonOf(rules({ expires: 1001 }))).toBeNull();
    expect(reasonOf(rules({ expires: 1000 }))).toBe("expired");
    expect(reasonOf(rules({ disabled: true }))).toBe("disabled");
    expect(reasonOf(rules({ revoked: true }))).toBe("revoked");
    expect(reasonOf(rules({ from: ["10.0.0.0/8"] }))).toBe("wrong_network");
    expect(reasonOf(null)).toBe("unknown");
  });

  test("notes the use of a token that is still accepted", () => {
    const noted: string[] = [];
    const noteUse: UserLoaderOptions["noteUse"] = ({ user }) => void noted.push(user.tokenId);
    const index = tokenIndex(IDS);
    const withdrawn = withdrawal(index, loadingOf({ noteUse }));
    index.apply([TOKEN]);
    expect([withdrawn(TOKEN.digest, BEARER), noted]).toEqual([null, [HANDLE]]);
    index.apply([{ ...TOKEN, isLasting: true }]);
    withdrawn(TOKEN.digest, BEARER);
    index.apply([{ ...TOKEN, rules: { ...RULES, revoked: true } }]);
    expect([withdrawn(TOKEN.digest, BEARER), noted]).toEqual(["revoked", [HANDLE]]);
  });

  test("withdraws no token while the store that may have it is away", () => {
    expect(reasonOf(null, { kind: "away" })).toBeNull();
    expect(reasonOf(null, { loaded: false })).toBeNull();
    expect(reasonOf({}, { kind: "away" })).toBeNull();
  });
});

describe("userLoader() with a store", () => {
  test("notes the use of an accepted token of a store, and of no other", () => {
    const noted: string[] = [];
    const noteUse: UserLoaderOptions["noteUse"] = ({ user }) => void noted.push(user.tokenId);
    loaded({}, { noteUse });
    expect(noted).toEqual([HANDLE]);
    loaded({ isLasting: true }, { noteUse });
    loaded({ rules: { disabled: true } }, { noteUse });
    loaded({}, { noteUse }, { token: "token2" });
    expect(noted).toEqual([HANDLE]);
  });

  test("lets it look for changes before a token is unknown, and only then", () => {
    const index = tokenIndex(IDS);
    let looks = 0;
    const refresh = () => {
      looks += 1;
      if (looks === 2) index.apply([TOKEN]);
    };
    const load = userLoader(index, loadingOf({ store: { state: () => stateOf("connected"), refresh } }));
    expect([load(TOKEN.digest, BEARER), looks]).toEqual([refused("unknown", null), 1]);
    expect([load(TOKEN.digest, BEARER), looks]).toEqual([{ ...ANNA, scopes: [] }, 2]);
    expect([load(TOKEN.digest, BEARER), looks]).toEqual([{ ...ANNA, scopes: [] }, 2]);
  });

  test("asks no store if it may not look, and says that a token may be new", () => {
    const index = tokenIndex(IDS);
    index.apply([TOKEN]);
    const state = () => stateOf("connected");
    const load = userLoader(index, loadingOf({ store: { state, refresh: () => expect.unreachable() } }));
    expect(load(TOKEN.digest, BEARER, false)).toEqual({ ...ANNA, scopes: [] });
    expect(load(digestToken("token2"), BEARER, false)).toBe(PERHAPS_NEW);
    // A store that can't be asked has nothing new.
    const without = userLoader(index, loadingOf({ store: { state } }));
    expect(without(digestToken("token2"), BEARER, false)).toBe(UNKNOWN);
  });

  test("refuses a token as unknown only while the store is connected", () => {
    const store = { state: () => stateOf("away") };
    expect(loaded({}, { store }, { token: "token2" })).toEqual(refused("store_away", null));
    expect(loaded({ isLasting: true }, { store, staleFor: 0 }, { token: "token2" })).toEqual(
      refused("store_away", null),
    );
  });

  test.each<[StoreState["kind"], number | null, boolean, number, unknown]>([
    ["away", 500, false, 1500, "good"],
    ["away", 500, false, 1501, "stale"],
    ["away", 500, true, 1501, "good"],
    ["away", 0, false, 1001, "stale"],
    ["away", null, false, 1e12, "good"],
    ["connected", 0, false, 1e12, "good"],
  ])(
    "that is %s since 1000 and stale for %p: with a record that is lasting: %p, at %p it is %s",
    (...row) => {
      const [kind, staleFor, isLasting, now, expected] = row;
      const store = { state: () => stateOf(kind, 1000) };
      expect(loaded({ rules: {}, isLasting }, { store, staleFor, elapsed: () => now })).toEqual(
        expected === "good" ? ANNA : refused("store_away"),
      );
      // Nobody knows whether a token is still disabled once its record is stale.
      expect(
        loaded({ rules: { disabled: true }, isLasting }, { store, staleFor, elapsed: () => now }),
      ).toEqual(expected === "good" ? refused("disabled") : refused("store_away"));
    },
  );
});
