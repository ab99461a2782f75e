import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { tokenAuth, type UserContext } from "../../src/guards/token-auth.ts";
import type { Context, Handler } from "../../src/http/handler.ts";
import { Refusal } from "../../src/http/refusal.ts";
import {
  AWAY,
  PERHAPS_NEW,
  UNKNOWN,
  type RefusedToken,
  type UserLoader,
} from "../../src/tokens/user-loader.ts";
import { mintToken } from "../../src/tokens/minted-token.ts";
import { digestToken } from "../../src/tokens/token.ts";
import { contextOf } from "../support/exchange.ts";
import { IDS } from "../support/send.ts";

const ALICE = { name: "alice", tokenId: "5a7c1e00", scopes: [] };
const AUTH = { schemes: ["Token"], tokenFrom: [{ kind: "authorization" }] } as const;
const welcome: Handler<UserContext> = (_, { user }) => new Response(user.name);

async function judged(header: string | null, loader: UserLoader = () => ALICE, scheme = "Token") {
  const context = contextOf("/");
  const request = new Request("http://localhost/", {
    headers: header === null ? {} : { Authorization: header },
  });
  const given = await tokenAuth({ ...AUTH, schemes: [scheme] }, loader, IDS)(request, context, welcome);
  if (!(given instanceof Refusal)) return { text: await given.text(), user: context.user?.name ?? null };
  const { code, status, text, headers, cause } = given;
  return { code, status, text, headers, cause, user: context.user?.name ?? null };
}

function exchangeWith(token: string, scheme = "Token"): [Request, Context] {
  const request = new Request("http://localhost/", { headers: { Authorization: `${scheme} ${token}` } });
  return [request, contextOf("/")];
}

const REFUSED = {
  code: "token_unknown",
  status: 403,
  text: "Token doesn't exist",
  headers: {},
  cause: `token ${IDS.handle(digestToken("t?"))}`,
  user: null,
} as const;

describe("tokenAuth()", () => {
  test("passes the user on, and notes it for the log", async () => {
    expect(await judged("Token t")).toEqual({ text: ALICE.name, user: ALICE.name });
    expect(await judged("Token t", async () => ALICE)).toEqual({ text: ALICE.name, user: ALICE.name });
  });

  test("calls the loader with the digest of the token, never with the token", async () => {
    const asked: unknown[] = [];
    await judged("Token abc", (...args) => (asked.push(...args), UNKNOWN));
    expect(asked[0]).toEqual(new Uint8Array(createHash("sha256").update("abc").digest()));
    expect(Bun.inspect(asked, { depth: 10 })).not.toContain("abc");
  });

  test("gives each request a digest of its own: a loader that waits before it reads it finds the right user", async () => {
    const users = new Map(
      ["a", "b", "c"].map((token) => [
        digestToken(token).toHex(),
        { name: token, tokenId: token, scopes: [] },
      ]),
    );
    const gate = Promise.withResolvers<void>();
    const guard = tokenAuth(
      AUTH,
      async (digest) => (await gate.promise, users.get(digest.toHex()) ?? UNKNOWN),
      IDS,
    );
    const answers = ["a", "d", "b", "c"].map((token) => guard(...exchangeWith(token), welcome));
    gate.resolve();
    const given = await Promise.all(answers);
    const shown = given.map((answer) => (answer instanceof Refusal ? answer.cause : answer.text()));
    expect(await Promise.all(shown)).toEqual(["a", `token ${IDS.handle(digestToken("d"))}`, "b", "c"]);
  });

  test("gives each request a digest of its own: a loader that returns at once may keep it", async () => {
    const kept: Uint8Array[] = [];
    const guard = tokenAuth(AUTH, (digest) => (kept.push(digest), ALICE), IDS);
    for (const token of ["a", "b"]) {
      await guard(...exchangeWith(token), welcome);
    }
    expect(kept).toEqual([digestToken("a"), digestToken("b")]);
  });

  test("does not call the loader if the header has no credentials of its scheme", async () => {
    let asked = 0;
    const loader = () => ((asked += 1), ALICE);
    for (const header of [null, "", "Token", "Token a b", "Basic abc"]) await judged(header, loader);
    expect(asked).toBe(0);
  });

  const notUsers: [string, unknown][] = [
    ["null", null],
    ["undefined", undefined],
    ["true", true],
    ["a string", "alice"],
    ["an object without a name", {}],
    ["a name that is no string", { name: 7 }],
    ["the word of a reason", "revoked"],
    ["a reason that is none", { reason: "constructor", tokenId: "5a7c1e00" }],
    ["a promise of null", Promise.resolve(null)],
    ["a promise of true", Promise.resolve(true)],
  ];
  test.each(notUsers)("refuses the request if the loader returns %s", async (_, user) => {
    expect(await judged("Token t?", () => user as RefusedToken)).toEqual(REFUSED);
  });

  test.each<[RefusedToken, string]>([
    [{ reason: "unknown", tokenId: null }, ""],
    [{ reason: "revoked", tokenId: "Ab3dE6gH" }, "token Ab3dE6gH, revoked"],
    [{ reason: "disabled", tokenId: "Ab3dE6gH" }, "token Ab3dE6gH, disabled"],
    [{ reason: "expired", tokenId: "Ab3dE6gH" }, "token Ab3dE6gH, expired"],
    [{ reason: "not_yet", tokenId: "Ab3dE6gH" }, "token Ab3dE6gH, not valid yet"],
    [{ reason: "wrong_network", tokenId: "Ab3dE6gH" }, "token Ab3dE6gH, from another network"],
  ])("answers %j as an unknown token, and notes the reason", async (refused, cause) => {
    for (const scheme of ["Token", "Bearer"]) {
      const [plain, given] = [UNKNOWN, refused].map(async (user) => {
        const guard = tokenAuth({ ...AUTH, schemes: [scheme] }, () => user, IDS);
        const [request, context] = exchangeWith("t?", scheme);
        const answer = (await guard(request, context, welcome)) as Refusal;
        expect(context.refusedToken).toEqual(user);
        const response = answer.toResponse();
        const { status, headers } = response;
        return { status, headers: [...headers], content: await response.text(), cause: answer.cause };
      });
      expect(await given).toEqual({ ...(await plain), cause: cause || REFUSED.cause } as never);
    }
  });

  test.each<[RefusedToken, string]>([
    [{ reason: "store_away", tokenId: null }, REFUSED.cause],
    [{ reason: "store_away", tokenId: "Ab3dE6gH" }, "token Ab3dE6gH"],
  ])("answers %j with 503 and when to ask again", async (refused, token) => {
    expect(await judged("Bearer t?", () => refused, "Bearer")).toEqual({
      code: "store_unavailable",
      status: 503,
      text: "Token store unavailable",
      headers: { "Retry-After": "1" },
      cause: `${token}, the token store is away`,
      user: null,
    });
  });

  test("lets the loader look at a store for a token that is not in memory, unless it is damaged", async () => {
    const token = mintToken();
    const damaged = [
      token.slice(0, -1),
      `${token}a`,
      token.replace(/.$/, (last) => (last === "a" ? "b" : "a")),
    ];
    const looks: boolean[] = [];
    const loader: UserLoader = (_digest, _bearer, mayLook = true) => {
      looks.push(mayLook);
      return mayLook ? ALICE : PERHAPS_NEW;
    };
    for (const one of ["ts_", ...damaged]) {
      for (const load of [loader, () => UNKNOWN, () => AWAY])
        expect(await judged(`Token ${one}`, load)).toEqual({
          ...REFUSED,
          cause: `token ${IDS.handle(digestToken(one))}, damaged: its characters don't match its checksum`,
        });
      expect(looks.splice(0)).toEqual([false]);
    }
    for (const one of [token, "token1"]) {
      expect(await judged(`Token ${one}`, loader)).toEqual({ text: ALICE.name, user: ALICE.name });
      expect(looks.splice(0)).toEqual([false, true]);
    }
  });

  const FAULT = new Error("the store is gone");
  const faults: [string, UserLoader][] = [
    [
      "throws",
      () => {
        throw FAULT;
      },
    ],
    ["rejects", () => Promise.reject(FAULT)],
  ];
  test.each(faults)("passes on the fault of a loader that %s, and no user", async (_, loader) => {
    let reached = false;
    const [request, context] = exchangeWith("t");
    const answer = async () =>
      tokenAuth(AUTH, loader, IDS)(request, context, () => ((reached = true), new Response()));
    expect(await answer().catch((fault: unknown) => fault)).toBe(FAULT);
    expect([reached, context.user]).toEqual([false, null]);
  });

  test("accepts any scheme of one word, and names it in the challenge", async () => {
    expect(await judged("apikey t", () => ALICE, "ApiKey")).toEqual({ text: ALICE.name, user: ALICE.name });
    expect(await judged(null, () => ALICE, "ApiKey")).toMatchObject({
      headers: { "WWW-Authenticate": 'ApiKey realm="token-server"' },
    });
  });

  test.each(["", "two words", "a,b", "é"])("throws for the scheme %p", (scheme) => {
    expect(() => tokenAuth({ ...AUTH, schemes: [scheme] }, () => UNKNOWN, IDS)).toThrow(
      "each scheme must be one word",
    );
  });

  const lookUps: [string, UserLoader][] = [
    ["at once", () => UNKNOWN],
    ["later", () => Promise.resolve(UNKNOWN)],
  ];
  test.each(lookUps)(
    "names each of two tokens that are looked up %s by its own handle",
    async (_, loader) => {
      const guard = tokenAuth(AUTH, loader, IDS);
      const refused = ["a", "b"].map(async (token) => {
        return (await guard(...exchangeWith(token), welcome)) as Refusal;
      });
      const causes = (await Promise.all(refused)).map(({ cause }) => cause);
      expect(causes).toEqual(["a", "b"].map((token) => `token ${IDS.handle(digestToken(token))}`));
    },
  );
});
