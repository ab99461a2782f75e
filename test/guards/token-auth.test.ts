import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { tokenAuth, type UserContext } from "../../src/guards/token-auth.ts";
import type { Handler } from "../../src/http/handler.ts";
import { Refusal } from "../../src/http/refusal.ts";
import type { UserLoader } from "../../src/tokens/user-loader.ts";
import { digestToken } from "../../src/tokens/token.ts";
import { contextOf } from "../support/exchange.ts";
import { IDS } from "../support/send.ts";

const ALICE = { name: "alice" };
const welcome: Handler<UserContext> = (_, { user }) => new Response(user.name);

async function judged(header: string | null, loader: UserLoader = () => ALICE, scheme = "Token") {
  const context = contextOf("/");
  const request = new Request("http://localhost/", {
    headers: header === null ? {} : { Authorization: header },
  });
  const given = await tokenAuth({ scheme }, loader, IDS)(request, context, welcome);
  if (!(given instanceof Refusal)) return { text: await given.text(), user: context.exchange.user };
  const { code, status, text, headers, cause } = given;
  return { code, status, text, headers, cause, user: context.exchange.user };
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
  test("hands the user on, and tells of it", async () => {
    expect(await judged("Token t")).toEqual({ text: ALICE.name, user: ALICE.name });
    expect(await judged("Token t", async () => ALICE)).toEqual({ text: ALICE.name, user: ALICE.name });
  });

  test("asks the loader for the token and its digest", async () => {
    const asked: unknown[] = [];
    await judged("Token abc", (...args) => (asked.push(...args), null));
    expect(asked).toEqual(["abc", new Uint8Array(createHash("sha256").update("abc").digest())]);
  });

  test("does not ask the loader where the header has no credentials of its scheme", async () => {
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
  test.each(notUsers)("refuses where the loader gives %s", async (_, user) => {
    expect(await judged("Token t?", () => user as null)).toEqual(UNKNOWN);
  });

  const faults: [string, UserLoader][] = [
    [
      "throws",
      (token) => {
        throw new Error(`no answer for ${token}`);
      },
    ],
    [
      "rejects",
      async (token) => {
        throw new Error(`no answer for ${token}`);
      },
    ],
    [
      "throws a string",
      (token) => {
        throw `no answer for ${token}`;
      },
    ],
  ];
  test.each(faults)("passes on the fault of a loader that %s, without the token", async (_, loader) => {
    const fault = await judged("Token s3cr3t", loader).catch((thrown: unknown) => thrown);
    expect(fault).toBeInstanceOf(Error);
    expect(String(fault)).toBe("Error: no answer for <token>");
    expect((fault as Error).stack).not.toContain("s3cr3t");
    expect((fault as Error).stack).toContain("no answer for <token>");
  });

  test("takes any scheme of one word, and names it in the challenge", async () => {
    expect(await judged("apikey t", () => ALICE, "ApiKey")).toEqual({ text: ALICE.name, user: ALICE.name });
    expect(await judged(null, () => ALICE, "ApiKey")).toMatchObject({
      headers: { "WWW-Authenticate": 'ApiKey realm="token-server"' },
    });
  });

  test.each(["", "two words", "a,b", "é"])("can't be made with the scheme %p", (scheme) => {
    expect(() => tokenAuth({ scheme }, () => null, IDS)).toThrow("scheme must be one word");
  });

  const lookUps: [string, UserLoader][] = [
    ["at once", () => null],
    ["later", async () => null],
  ];
  test.each(lookUps)(
    "calls each of two tokens that are looked up %s by its own handle",
    async (_, loader) => {
      const guard = tokenAuth({ scheme: "Token" }, loader, IDS);
      const refused = ["a", "b"].map(async (token) => {
        const context = contextOf("/");
        const request = new Request("http://localhost/", { headers: { Authorization: `Token ${token}` } });
        return (await guard(request, context, welcome)) as Refusal;
      });
      const causes = (await Promise.all(refused)).map(({ cause }) => cause);
      expect(causes).toEqual(["a", "b"].map((token) => `token ${IDS.handle(digestToken(token))}`));
    },
  );
});
