import { describe, expect, test } from "bun:test";
import { tokenAuth, type TokenAuthOptions, type UserContext } from "../../src/guards/token-auth.ts";
import type { Handler } from "../../src/http/handler.ts";
import { carriersOf } from "../../src/routes/token-settings.ts";
import { digestToken } from "../../src/tokens/token.ts";
import { UNKNOWN } from "../../src/tokens/user-loader.ts";
import { contextOf } from "../support/exchange.ts";
import { IDS } from "../support/send.ts";

const ALICE = { name: "alice", tokenId: "5a7c1e00", scopes: [] };
const welcome: Handler<UserContext> = (_, { user }) => new Response(user.name);

/** What a client sees of the answer to a request that carries this. */
async function carriedBy(
  given: Partial<TokenAuthOptions> & { readonly from: readonly string[] },
  headers: Record<string, string>,
  query = "",
) {
  const { from, ...options } = given;
  const guard = tokenAuth(
    { schemes: ["Token"], ...options, tokenFrom: carriersOf(from) },
    (digest) => (digest.toHex() === GOOD ? ALICE : UNKNOWN),
    IDS,
  );
  const answer = await guard(new Request(`http://localhost/${query}`, { headers }), contextOf("/"), welcome);
  if (answer instanceof Response) return answer.text();
  return [answer.status, answer.text, answer.headers["WWW-Authenticate"] ?? ""];
}

const GOOD = digestToken("good").toHex();
const TOKEN = 'Token realm="token-server"';
const BEARER = 'Bearer realm="token-server"';
const BASIC = 'Basic realm="token-server", charset="UTF-8"';
const basic = (password: string) => ({ Authorization: `Basic ${btoa(`anyone:${password}`)}` });
const as = (Authorization: string) => ({ Authorization });
const error = (code: string, text: string) => `${BEARER}, error="${code}", error_description="${text}"`;
const UNKNOWN_TEXT = "Token doesn't exist";
const FORM = "Invalid authorization header";

describe("tokenAuth() with several schemes", () => {
  const from = ["authorization"];
  const both = { from, schemes: ["Token", "Bearer"] };
  const reverse = { from, schemes: ["bearer", "token"] };

  test.each(["Token good", "token good", "Bearer good", "BEARER good"])("passes on %p", async (header) => {
    expect(await carriedBy(both, as(header))).toBe(ALICE.name);
    expect(await carriedBy(reverse, as(header))).toBe(ALICE.name);
  });

  test.each<[string, typeof both, Record<string, string>, unknown]>([
    [
      "no credentials by every challenge",
      both,
      {},
      [401, "Missing authorization header", `${TOKEN}, ${BEARER}`],
    ],
    ["an unknown token by its scheme", both, as("Token bad"), [403, UNKNOWN_TEXT, ""]],
    [
      "an unknown token by its scheme",
      both,
      as("bearer bad"),
      [401, UNKNOWN_TEXT, error("invalid_token", UNKNOWN_TEXT)],
    ],
    ["a malformed header by the first scheme", both, as("Bearer a b"), [403, FORM, ""]],
    ["another scheme by the first one", both, as("Basic abc"), [403, "Invalid token scheme", ""]],
    [
      "a malformed header by the first scheme",
      reverse,
      as("Token a b"),
      [400, FORM, error("invalid_request", FORM).replace("Bearer", "bearer")],
    ],
    [
      "another scheme by the first one, with every challenge",
      reverse,
      as("Basic abc"),
      [401, "Invalid token scheme", `${TOKEN}, ${BEARER}`.replace(/(Token)(.*)(Bearer)/, "bearer$2token")],
    ],
  ])("answers %s", async (_, options, headers, expected) => {
    expect<unknown>(await carriedBy(options, headers)).toEqual(expected);
  });
});

describe("tokenAuth() with other carriers", () => {
  test.each<[string[], Record<string, string>, string]>([
    [["basic"], basic("good"), ""],
    [["authorization", "basic"], basic("good"), ""],
    [["authorization", "basic"], as("Token good"), ""],
    [["x-api-key"], { "X-Api-Key": "good" }, ""],
    [["query:key"], {}, "?key=good"],
    [["authorization", "x-api-key"], { "X-Api-Key": "good" }, ""],
  ])("passes on what %j carries in %j and %j", async (from, headers, query) => {
    expect(await carriedBy({ from }, headers, query)).toBe(ALICE.name);
  });

  test("tries no second carrier after the first one was refused", async () => {
    const headers = { ...as("Token good"), "X-Api-Key": "bad" };
    expect(await carriedBy({ from: ["x-api-key", "authorization"] }, headers)).toEqual([
      403,
      UNKNOWN_TEXT,
      "",
    ]);
    expect(await carriedBy({ from: ["authorization", "x-api-key"] }, headers)).toBe(ALICE.name);
  });

  const KEY = "Missing x-api-key header";
  test.each<[string[], string[], unknown]>([
    [["authorization", "basic"], ["Token"], ["Missing authorization header", `${BASIC}, ${TOKEN}`]],
    [
      ["basic", "authorization"],
      ["Bearer", "Token"],
      ["Missing authorization header", `${BASIC}, ${BEARER}, ${TOKEN}`],
    ],
    [["basic"], ["Token"], ["Missing authorization header", BASIC]],
    [["authorization", "basic"], ["Basic"], ["Missing authorization header", BASIC]],
    [["X-Api-Key"], ["Token"], [KEY, TOKEN]],
    [["X-Api-Key"], ["Bearer"], [KEY, BEARER]],
    [["x-api-key", "query:key"], ["Token"], [`${KEY} or key parameter`, TOKEN]],
    [
      ["authorization", "x-api-key", "query:key", "basic"],
      ["Token"],
      ["Missing authorization header, x-api-key header or key parameter", `${BASIC}, ${TOKEN}`],
    ],
  ])("names %j with the schemes %j where no credentials are", async (from, schemes, expected) => {
    expect(await carriedBy({ from, schemes }, {})).toEqual([401, ...(expected as string[])]);
  });

  const all = ["authorization", "basic", "x-api-key", "query:key"];
  const bearer = ["Bearer"];
  test.each<[string[], string[], Record<string, string>, string, unknown]>([
    [all, ["Token"], basic("bad"), "", [401, UNKNOWN_TEXT, `${BASIC}, ${TOKEN}`]],
    [all, ["Token"], as("Basic !"), "", [403, FORM, ""]],
    [all, ["Token"], { "X-Api-Key": "bad" }, "", [403, UNKNOWN_TEXT, ""]],
    [all, ["Token"], { "X-Api-Key": "" }, "", [403, "Invalid x-api-key header", ""]],
    [all, ["Token"], {}, "?key=bad", [403, UNKNOWN_TEXT, ""]],
    [all, ["Token"], {}, "?key=", [403, "Invalid key parameter", ""]],
    [all, ["Token"], {}, "?key=good&key=good", [400, "Invalid key parameter", ""]],
    [all, ["Token"], {}, "?key=%zz", [400, "Invalid key parameter", ""]],
    [all, bearer, basic("bad"), "", [401, UNKNOWN_TEXT, `${BASIC}, ${BEARER}`]],
    [all, bearer, as("Basic !"), "", [400, FORM, error("invalid_request", FORM)]],
    [all, bearer, { "X-Api-Key": "bad" }, "", [401, UNKNOWN_TEXT, error("invalid_token", UNKNOWN_TEXT)]],
    [
      all,
      bearer,
      {},
      "?key=a&key",
      [400, "Invalid key parameter", error("invalid_request", "Invalid key parameter")],
    ],
    [["basic"], ["Token"], as("Token good"), "", [401, "Invalid token scheme", BASIC]],
    [["basic"], ["Token"], as("Basic !"), "", [401, FORM, BASIC]],
    [["basic"], ["Token"], as(""), "", [401, FORM, BASIC]],
    [
      ["x-api-key"],
      ["Token"],
      { ...as("Token good"), "X-Api-Key": "a b" },
      "",
      [403, "Invalid x-api-key header", ""],
    ],
  ])("of %j with the schemes %j answers %j %s: %j", async (from, schemes, headers, query, expected) => {
    expect<unknown>(await carriedBy({ from, schemes }, headers, query)).toEqual(expected);
  });
});
