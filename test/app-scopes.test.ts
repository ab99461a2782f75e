import { describe, expect, test } from "bun:test";
import { appRoutes } from "../src/routes/route-kinds.ts";
import { refused, testApp, whole } from "./support/send.ts";
import { recordOf } from "./support/test-store.ts";

const app = testApp({
  auth: {
    schemes: ["Token", "Bearer"],
    tokenFrom: [{ kind: "authorization" }, { kind: "basic" }, { kind: "header", name: "x-api-key" }],
  },
  records: [
    recordOf("reader", { scopes: ["read"] }),
    recordOf("writer", { scopes: ["write", "other", "read"] }),
    recordOf("near", { scopes: ["read2", "READ", "write"] }),
  ],
  exclusions: { paths: [], methods: ["OPTIONS"] },
  routes: (services) =>
    appRoutes(
      [
        { path: "/ping", handler: "ping" },
        { path: "/read", handler: "ping", scope: ["read"] },
        { path: "/both/*", handler: "ping", scope: ["read", "write"], error_format: "openai" },
      ],
      services,
    ),
});
const send = async (path: string, authorization: string, init: RequestInit = {}) =>
  await whole(await app.send(path, { ...init, headers: { Authorization: authorization } }));
const INSUFFICIENT = refused(403, "Insufficient scope");

describe("buildApp() with the scopes of a route", () => {
  test.each([
    ["/ping", "token1", 200],
    ["/ping", "reader", 200],
    ["/read", "reader", 200],
    ["/read", "writer", 200],
    ["/read", "token1", 403],
    ["/read", "near", 403],
    ["/both/x", "writer", 200],
    ["/both/x", "reader", 403],
    ["/both/x", "near", 403],
  ])("answers %s with the token %s with %i", async (path, token, status) => {
    expect(await send(path, `Token ${token}`)).toMatchObject({ status });
  });

  test("refuses a token without the scope, logs its handle and which one, and keeps the connection", async () => {
    expect(await send("/read", "Token token1")).toEqual(INSUFFICIENT);
    expect(await send("/read", "Token near")).toEqual(INSUFFICIENT);
    expect(app.observations.at(-1)).toMatchObject({
      kind: "refused",
      status: 403,
      refusal: { code: "scope_missing", cause: "token Ab3dE6gH lacks the scope read" },
      exchange: { user: { name: "anna" }, closing: null },
    });
  });

  test("refuses before it says that a method is not allowed", async () => {
    expect(await send("/read", "Token token1", { method: "POST" })).toEqual(INSUFFICIENT);
    expect(await send("/read", "Token reader", { method: "POST" })).toMatchObject({ status: 405 });
  });

  test("RFC 6750 3.1: answers a Bearer token with insufficient_scope and the scopes that it needs", async () => {
    const challenge = (scope: string) =>
      `Bearer realm="token-server", error="insufficient_scope", error_description="Insufficient scope", scope="${scope}"`;
    expect(await send("/read", "bearer token1")).toEqual(
      refused(403, "Insufficient scope", { "www-authenticate": challenge("read") }),
    );
    const { status, headers, content } = await send("/both/x", "Bearer reader");
    expect([status, headers["www-authenticate"]]).toEqual([403, challenge("read write")]);
    expect(JSON.parse(content)).toMatchObject({
      text: "Insufficient scope",
      error: { code: "scope_missing", type: "invalid_request_error" },
    });
  });

  test("has no challenge for other carriers, so that no browser asks for a password", async () => {
    expect(await send("/read", `Basic ${btoa(":token1")}`)).toEqual(INSUFFICIENT);
    const headers = { "X-Api-Key": "token1" };
    expect(await whole(await app.send("/read", { headers }))).toEqual(INSUFFICIENT);
  });

  test("refuses an unknown token as everywhere else", async () => {
    expect(await send("/read", "Token token9")).toEqual(refused(403, "Token doesn't exist"));
  });
});
