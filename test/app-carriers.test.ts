import { describe, expect, test } from "bun:test";
import { identify } from "../src/http/client.ts";
import { appRoutes } from "../src/routes/route-kinds.ts";
import { refused, testApp, TOKEN1, whole } from "./support/send.ts";

const TOKEN = { "www-authenticate": 'Token realm="token-server"' };
const PONG = { status: 200, content: '{"text":"pong","status":"success"}' };
const KEY = { "x-api-key": "token1" };
const ERROR = (message: string, code: string) => ({ message, type: "invalid_request_error", code });

const app = testApp({
  exclusions: { paths: ["/open"], methods: [] },
  routes: (services) =>
    appRoutes(
      [
        { path: "/ping", handler: "ping" },
        { path: "/key", handler: "ping", token_from: ["X-Api-Key", "query:key"], error_format: "openai" },
        { path: "/open", handler: "ping", error_format: "openai" },
      ],
      services,
    ).concat({
      path: "/fault",
      methods: "any",
      errorFormat: "openai",
      handler: () => {
        throw new Error("s3cret");
      },
    }),
});
const send = async (path: string, init?: RequestInit) => await whole(await app.send(path, init));

describe("buildApp() with token_from and error_format of a route", () => {
  test("takes the token of a route from its own carriers, and of any other from the server's", async () => {
    expect(await send("/key", { headers: KEY })).toMatchObject(PONG);
    expect(await send("/key?key=token1")).toMatchObject(PONG);
    expect(await send("/ping", { headers: TOKEN1 })).toMatchObject(PONG);
    const missing = refused(401, "Missing authorization header", TOKEN);
    expect(await send("/ping", { headers: KEY })).toEqual(missing);
    expect(await send("/nothing", { headers: KEY })).toEqual(missing);
  });

  test("writes the refusals of a route in its own format, those of its guards and router too", async () => {
    const inFull = (status: number, text: string, code: string, headers: Record<string, string>) => {
      const { content, ...plain } = refused(status, text, headers);
      return { ...plain, content: JSON.stringify({ ...JSON.parse(content), error: ERROR(text, code) }) };
    };
    const missing = "Missing x-api-key header or key parameter";
    expect(await send("/key", { headers: TOKEN1 })).toEqual(inFull(401, missing, "invalid_api_key", TOKEN));
    expect(await send("/key", { method: "POST", headers: KEY })).toEqual(
      inFull(405, "Method not allowed", "method_not_allowed", { allow: "GET, HEAD" }),
    );
    const { content } = inFull(405, "Method not allowed", "method_not_allowed", {});
    expect(app.observations.at(-1)).toMatchObject({ kind: "refused", exchange: { sent: content.length } });
    expect(await send("/open", { headers: { Host: "a b" } })).toEqual(
      inFull(400, "Invalid host header", "request_invalid", { connection: "close" }),
    );
  });

  test("writes the fault of a route in its own format", async () => {
    const { status, content } = await send("/fault", { headers: TOKEN1 });
    const message = "Internal server error";
    expect([status, JSON.parse(content)]).toEqual([
      500,
      { text: message, status: "error", error: { message, type: "server_error", code: null } },
    ]);
  });

  test("writes refusals beside every route in the format of the server", async () => {
    const full = testApp({ errorFormat: "openai" });
    const { content } = await whole(await full.send("/nothing", { headers: TOKEN1 }));
    expect(JSON.parse(content)).toEqual({
      text: "Not found",
      status: "error",
      error: ERROR("Not found", "unknown_url"),
    });
    const invalid = await whole(await full.send("/a%2fb"));
    expect([invalid.status, JSON.parse(invalid.content).error.message]).toEqual([
      400,
      "Invalid request target",
    ]);
    expect(await send("/nothing", { headers: TOKEN1 })).toEqual(refused(404, "Not found"));
  });

  test("reads the query of the original target where a proxy asks a verify route", async () => {
    const verify = testApp({
      identify: identify(["unix"], true),
      routes: (services) => {
        const user_headers = { user: "X-Auth-User", token_id: "X-Auth-Token-Id", scopes: null };
        const path = "/verify";
        const token_from = ["query:key"];
        return appRoutes([{ path, handler: "verify", dialect: "nginx", user_headers, token_from }], services);
      },
    });
    const asking = async (query: string, uri: string) => {
      const original = { "X-Original-Method": "GET", "X-Original-Host": "a", "X-Original-URI": uri };
      return (await verify.send(`/verify${query}`, { headers: original })).status;
    };
    expect(await asking("", "/a?b&key=token1")).toBe(200);
    expect(await asking("?key=token1", "/a?b")).toBe(401);
    expect(await asking("", "/a")).toBe(401);
  });
});
