import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { tokenAuth, type UserContext } from "../../src/guards/token-auth.ts";
import type { Context, Handler } from "../../src/http/handler.ts";
import { Refusal } from "../../src/http/refusal.ts";
import type { UserLoader } from "../../src/tokens/user-loader.ts";
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

function exchangeWith(token: string): [Request, Context] {
  const request = new Request("http://localhost/", { headers: { Authorization: `Token ${token}` } });
  return [request, contextOf("/")];
}

const UNKNOWN = {
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
    await judged("Token abc", (...args) => (asked.push(...args), "unknown"));
    expect(asked[0]).toEqual(new Uint8Array(createHash("sha256").update("abc").digest()));
    expect([asked.length, Bun.inspect(asked, { depth: 10 }).includes("abc")]).toEqual([2, false]);
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
      async (digest) => (await gate.promise, users.get(digest.toHex()) ?? "unknown"),
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
    ["a promise of null", Promise.resolve(null)],
    ["a promise of true", Promise.resolve(true)],
  ];
  test.each(notUsers)("refuses the request if the loader returns %s", async (_, user) => {
    expect(await judged("Token t?", () => user as "unknown")).toEqual(UNKNOWN);
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
    expect(() => tokenAuth({ ...AUTH, schemes: [scheme] }, () => "unknown", IDS)).toThrow(
      "each scheme must be one word",
    );
  });

  const lookUps: [string, UserLoader][] = [
    ["at once", () => "unknown"],
    ["later", () => Promise.resolve("unknown")],
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
