import { recordOf } from "../../support/test-store.ts";
import { describe, expect, test } from "bun:test";
import { identify } from "../../../src/http/client.ts";
import { appRoutes } from "../../../src/routes/route-kinds.ts";
import { DIALECTS, type Dialect } from "../../../src/routes/verify/original-request.ts";
import { digestToken } from "../../../src/tokens/token.ts";
import { message } from "../../../src/observations/log/message.ts";
import { IDS, refused, testApp, TOKEN1, TOKEN1_ID, whole } from "../../support/send.ts";

const NO_STORE = { "cache-control": "no-store" };
const FORWARDED = {
  "X-Forwarded-Method": "POST",
  "X-Forwarded-Proto": "https",
  "X-Forwarded-Host": "app.example",
  "X-Forwarded-Uri": "/v1/chat?model=a",
};
const ORIGINAL: Record<Dialect, Record<string, string>> = {
  nginx: {
    "X-Original-Method": "POST",
    "X-Original-Host": "app.example",
    "X-Original-URI": "/v1/chat?model=a",
  },
  caddy: FORWARDED,
  traefik: FORWARDED,
};
const NAMES = { user: "X-Auth-User", token_id: "X-Auth-Token-Id", scopes: "X-Auth-Scopes" };
const ALLOWED = {
  status: 200,
  headers: {
    ...NO_STORE,
    "x-auth-user": TOKEN1_ID,
    "x-auth-token-id": IDS.handle(digestToken("token1")),
    "x-auth-scopes": "-",
  },
  content: "",
};

/** An app with one verify route, asked by a proxy that it trusts. */
function verifyApp(
  dialect: Dialect,
  {
    isTrusted = true,
    user_headers = NAMES as Record<"user" | "token_id" | "scopes", string | null>,
    token_from = ["authorization"],
    scope = null as readonly string[] | null,
  } = {},
) {
  const app = testApp({
    records: [recordOf("reader", { scopes: ["read", "write"] })],
    identify: identify(isTrusted ? ["unix"] : [], true),
    routes: (services) =>
      appRoutes([{ path: "/auth", handler: "verify", dialect, user_headers, token_from, scope }], services),
  });
  const ask = async (headers: Record<string, string>, init: RequestInit = {}, query = "") => {
    const response = await app.send(`/auth${query}`, {
      ...init,
      headers: { ...ORIGINAL[dialect], ...headers },
    });
    response.headers.delete("x-request-id");
    return whole(response);
  };
  return { ...app, ask };
}

/** A refusal of a verify route as each dialect passes it to the proxy. */
function refusedIn(dialect: Dialect, status: number, text: string) {
  return dialect === "nginx"
    ? refused(403, text, { ...NO_STORE, "x-token-status": String(status) })
    : refused(status, text, NO_STORE);
}

describe.each(DIALECTS)("verify in the dialect %s", (dialect) => {
  const { ask, send, observations } = verifyApp(dialect);

  test("answers a token with 200, the whole identity and no content", async () => {
    expect(await ask(TOKEN1)).toEqual(ALLOWED);
    expect(observations.at(-1)).toMatchObject({
      kind: "answered",
      status: 200,
      exchange: { route: "/auth", sent: 0, user: { name: TOKEN1_ID } },
    });
  });

  test.each(["POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"])("answers the method %s", async (method) => {
    expect(await ask(TOKEN1, { method })).toEqual(ALLOWED);
  });

  test("answers HEAD without a fault, and reads no content", async () => {
    const head = await ask(TOKEN1, { method: "HEAD" });
    expect([head.status, head.headers["x-auth-user"]]).toEqual([200, TOKEN1_ID]);
    let isRead = false;
    const body = new ReadableStream({ pull: () => void (isRead = true) }, { highWaterMark: 0 });
    expect(await ask(TOKEN1, { method: "POST", body })).toMatchObject({ status: 200 });
    expect(isRead).toBe(false);
  });

  test("ignores Upgrade, which a proxy may pass on", async () => {
    const headers = { ...TOKEN1, Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13" };
    expect(await ask(headers)).toEqual(ALLOWED);
  });

  test("passes on the challenge of a 401, which no cache may store", async () => {
    const challenge = { "www-authenticate": 'Token realm="token-server"', ...NO_STORE };
    expect(await ask({})).toEqual(refused(401, "Missing authorization header", challenge));
  });

  test("refuses an unknown token", async () => {
    expect(await ask({ Authorization: "Token other" })).toEqual(
      refusedIn(dialect, 403, "Token doesn't exist"),
    );
  });

  test.each(Object.keys(ORIGINAL[dialect]))("refuses a request without %s", async (name) => {
    const expected = refusedIn(dialect, 400, "Incomplete original request");
    expect(await ask({ ...TOKEN1, [name]: "" })).toEqual(expected);
    expect(observations.at(-1)).toMatchObject({
      kind: "refused",
      status: expected.status,
      refusal: { code: "request_invalid", cause: `${name} is missing` },
    });
    const others = DIALECTS.filter((other) => ORIGINAL[other] !== ORIGINAL[dialect]);
    for (const other of others) {
      const response = await send("/auth", { headers: { ...ORIGINAL[other], ...TOKEN1 } });
      expect(await response.json()).toMatchObject({ text: "Incomplete original request" });
    }
  });

  test("refuses an ambiguous target, and shows none in the log", async () => {
    const name = Object.keys(ORIGINAL[dialect]).at(-1) ?? "";
    const answer = await ask({ ...TOKEN1, [name]: "//admin?access_token=token1" });
    expect(answer).toEqual(refusedIn(dialect, 400, "Invalid request target"));
    expect(observations.at(-1)).toMatchObject({ refusal: { cause: `${name} is invalid` } });
  });

  test.each(["X_Auth_User", "x.auth.user", "X-Auth_User", "XAuthUser", "X_AUTH_TOKEN_ID", "X--Auth--User"])(
    "refuses %s, which the proxy would pass on",
    async (alias) => {
      const expected = refusedIn(dialect, 400, "Ambiguous identity header");
      expect(await ask({ ...TOKEN1, [alias]: "root" })).toEqual(expected);
      expect(observations.at(-1)).toMatchObject({
        refusal: { cause: `${alias.toLowerCase()} is an alias of an identity header` },
      });
    },
  );

  test("ignores the identity headers of the client, which the proxy replaces", async () => {
    expect(
      await ask({ ...TOKEN1, "X-Auth-User": "root", "X-Auth-Token-Id": "0", "X-Auth-Scopes": "all" }),
    ).toEqual(ALLOWED);
  });

  test("refuses a peer that is no trusted proxy, but only once it has shown a token", async () => {
    const outside = verifyApp(dialect, { isTrusted: false });
    expect(await outside.ask(TOKEN1)).toEqual(refusedIn(dialect, 403, "Untrusted proxy"));
    expect(outside.observations.at(-1)).toMatchObject({
      refusal: {
        code: "proxy_untrusted",
        cause: "the peer is not in server.http.trusted_proxies",
      },
    });
    expect(await outside.ask({})).toMatchObject({ status: 401 });
  });

  test("names the identity headers as user_headers says", async () => {
    const named = verifyApp(dialect, { user_headers: { user: "Remote-User", token_id: null, scopes: null } });
    expect(await named.ask({ ...TOKEN1, X_Auth_User: "root" })).toEqual({
      ...ALLOWED,
      headers: { ...NO_STORE, "remote-user": TOKEN1_ID },
    });
    expect(await named.ask({ ...TOKEN1, Remote_User: "root" })).toEqual(
      refusedIn(dialect, 400, "Ambiguous identity header"),
    );
  });

  test("needs the scopes of the route, and answers with those of the token", async () => {
    const scoped = verifyApp(dialect, { scope: ["read"] });
    expect(await scoped.ask(TOKEN1)).toEqual(refusedIn(dialect, 403, "Insufficient scope"));
    const { status, headers } = await scoped.ask({ Authorization: "Token reader" });
    expect([status, headers["x-auth-scopes"]]).toEqual([200, "read write"]);
  });

  test("reads a token in the query of the original target, and in no other", async () => {
    const uri = Object.keys(ORIGINAL[dialect]).at(-1) ?? "";
    const token_from = ["authorization", "query:access_token"];
    const queried = verifyApp(dialect, { token_from });
    expect(await queried.ask({ [uri]: "/a?x=1&access%5Ftoken=token%31" })).toEqual(ALLOWED);
    expect(await queried.ask({ [uri]: "/a?access_token=other" })).toEqual(
      refusedIn(dialect, 403, "Token doesn't exist"),
    );
    expect(await queried.ask({ [uri]: "//a?access_token=token1" })).toEqual(
      refusedIn(dialect, 400, "Invalid request target"),
    );
    const spoofed = Object.values(ORIGINAL).flatMap((names) => Object.keys(names));
    const others = spoofed.filter((name) => !(name in ORIGINAL[dialect]));
    const elsewhere = Object.fromEntries(
      [...others, "X-Original-URL"].map((name) => [name, "/?access_token=token1"]),
    );
    const missing = { status: 401, headers: { "www-authenticate": 'Token realm="token-server"' } };
    expect(await queried.ask(elsewhere, {}, "?access_token=token1")).toMatchObject(missing);
    // From an untrusted peer no original target is read.
    const outside = verifyApp(dialect, { token_from, isTrusted: false });
    expect(await outside.ask({ [uri]: "/a?access_token=token1" })).toMatchObject(missing);
    expect(
      queried.observations
        .concat(outside.observations)
        .map((observation) => message(observation))
        .join(),
    ).not.toContain("token1");
  });

  test("refuses an invalid Host and too much content like every route", async () => {
    expect(await ask({ ...TOKEN1, Host: "a b" })).toMatchObject(
      refusedIn(dialect, 400, "Invalid host header"),
    );
    const large = { ...TOKEN1, "Content-Length": "2000000" };
    expect(await ask(large, { method: "POST" })).toMatchObject(
      dialect === "nginx" ? { status: 403, headers: { "x-token-status": "413" } } : { status: 413 },
    );
  });
});
