import { describe, expect, test } from "bun:test";
import { digestToken } from "../src/tokens/token.ts";
import { IDS, refused, testApp, TOKEN1, TOKEN1_ID, whole } from "./support/send.ts";
import { exchangeOf } from "./support/exchange.ts";

const PONG = {
  status: 200,
  headers: { "content-type": "application/json;charset=utf-8" },
  content: '{"text":"pong","status":"success"}',
};
const CHALLENGE = { "www-authenticate": 'Token realm="token-server"' };

describe("the seed's table of answers", () => {
  const rows: [string, string, RequestInit, object][] = [
    ["a good token", "/ping", { headers: TOKEN1 }, PONG],
    ["the other token", "/ping", { headers: { Authorization: "Token token2" } }, PONG],
    ["a scheme in another case", "/ping", { headers: { Authorization: "tOkEn token1" } }, PONG],
    ["spaces around the header", "/ping", { headers: { Authorization: "  Token token1\t" } }, PONG],
    ["a query", "/ping?token=x", { headers: TOKEN1 }, PONG],
    ["no Authorization", "/ping", {}, refused(401, "Missing authorization header", CHALLENGE)],
    [
      "an empty header",
      "/ping",
      { headers: { Authorization: "" } },
      refused(403, "Invalid authorization header"),
    ],
    [
      "one word",
      "/ping",
      { headers: { Authorization: "token1" } },
      refused(403, "Invalid authorization header"),
    ],
    [
      "three words",
      "/ping",
      { headers: { Authorization: "Token a b" } },
      refused(403, "Invalid authorization header"),
    ],
    [
      "two spaces",
      "/ping",
      { headers: { Authorization: "Token  token1" } },
      refused(403, "Invalid authorization header"),
    ],
    [
      "a tab between",
      "/ping",
      { headers: { Authorization: "Token\ttoken1" } },
      refused(403, "Invalid authorization header"),
    ],
    [
      "another scheme",
      "/ping",
      { headers: { Authorization: "Bearer token1" } },
      refused(403, "Invalid token scheme"),
    ],
    [
      "an unknown token",
      "/ping",
      { headers: { Authorization: "Token token3" } },
      refused(403, "Token doesn't exist"),
    ],
    [
      "a token in another case",
      "/ping",
      { headers: { Authorization: "Token TOKEN1" } },
      refused(403, "Token doesn't exist"),
    ],
    ["an unknown path and a token", "/pong", { headers: TOKEN1 }, refused(404, "Not found")],
    ["an unknown path and no token", "/pong", {}, refused(401, "Missing authorization header", CHALLENGE)],
    ["a path with a slash more", "/ping/", { headers: TOKEN1 }, refused(404, "Not found")],
    [
      "another method",
      "/ping",
      { method: "POST", headers: TOKEN1 },
      refused(405, "Method not allowed", { allow: "GET, HEAD" }),
    ],
    [
      "another method and no token",
      "/ping",
      { method: "POST" },
      refused(401, "Missing authorization header", CHALLENGE),
    ],
  ];
  test.each(rows)("buildApp() answers %s", async (_, path, init, answer) => {
    expect(await whole(await testApp().send(path, init))).toEqual(answer as typeof PONG);
  });

  test("buildApp() answers the same request the same way again and again", async () => {
    const app = testApp();
    for (let i = 0; i < 3; i += 1) {
      expect(await whole(await app.send("/ping", { headers: TOKEN1 }))).toEqual(PONG);
      expect(await whole(await app.send("/ping"))).toEqual(
        refused(401, "Missing authorization header", CHALLENGE),
      );
    }
  });

  test("buildApp() refuses everyone where no token is allowed", async () => {
    const app = testApp({ tokens: [] });
    expect(await whole(await app.send("/ping", { headers: TOKEN1 }))).toEqual(
      refused(403, "Token doesn't exist"),
    );
  });
});

describe("exclusions", () => {
  test("buildApp() serves an excluded route to anyone, and its other methods to authenticated clients only", async () => {
    const app = testApp({ exclusions: { paths: ["/ping"], methods: [] } });
    expect(await whole(await app.send("/ping"))).toEqual(PONG);
    expect((await app.send("/ping", { method: "HEAD" })).status).toBe(200);
    expect(await whole(await app.send("/ping", { method: "POST" }))).toEqual(
      refused(401, "Missing authorization header", CHALLENGE),
    );
    expect(await whole(await app.send("/ping", { method: "POST", headers: TOKEN1 }))).toEqual(
      refused(405, "Method not allowed", { allow: "GET, HEAD" }),
    );
    expect(await whole(await app.send("/pong"))).toEqual(
      refused(401, "Missing authorization header", CHALLENGE),
    );
  });

  test("buildApp() serves the routes of an excluded method to anyone, and no unknown path", async () => {
    const app = testApp({ exclusions: { paths: [], methods: ["GET"] } });
    expect(await whole(await app.send("/ping"))).toEqual(PONG);
    expect(await whole(await app.send("/pong"))).toEqual(
      refused(401, "Missing authorization header", CHALLENGE),
    );
  });
});

describe("observations", () => {
  test("buildApp() observes the user of an answer and the cause of a refusal, but never a token", async () => {
    const app = testApp();
    await app.send("/ping?token=token1", { headers: TOKEN1 });
    await app.send("/ping", { headers: { Authorization: "Token secret-of-nobody" } });
    expect(app.observations.map(({ kind }) => kind)).toEqual(["received", "answered", "refused"]);
    expect(app.observations[1]).toEqual({
      kind: "answered",
      exchange: exchangeOf({ user: TOKEN1_ID, sent: 34 }),
      status: 200,
      milliseconds: 0,
    });
    expect(app.observations[2]).toMatchObject({
      kind: "refused",
      exchange: { method: "GET", route: "/ping", user: null, sent: 47 },
      status: 403,
      refusal: { code: "token_unknown", cause: `token ${IDS.handle(digestToken("secret-of-nobody"))}` },
    });
    expect(JSON.stringify(app.observations)).not.toMatch(/token1|secret-of/);
  });
});
