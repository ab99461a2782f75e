import { describe, expect, test } from "bun:test";
import type { Exclusions } from "../src/routes/exclusions.ts";
import type { OpenRoute } from "../src/routes/route-kind.ts";
import { refused, testApp, TOKEN1, whole } from "./support/send.ts";

/** A route that answers with its own path and the one that was judged. */
const route = (path: string, given: Partial<OpenRoute> = {}): OpenRoute => ({
  methods: "any",
  path,
  handler: (_request, exchange) => new Response(`${path} ${exchange.path}`),
  ...given,
});
const encoded = (path: string, given: Partial<OpenRoute> = {}) =>
  route(path, { allowsEncoded: true, ...given });
const INVALID = refused(400, "Invalid request target", { connection: "close" });

async function asked(
  routes: readonly OpenRoute[],
  path: string,
  init: RequestInit = {},
  paths: string[] = [],
) {
  const exclusions: Exclusions = { paths, methods: [] };
  const app = testApp({ exclusions, routes: () => routes });
  return await whole(await app.send(path, { headers: TOKEN1, ...init }));
}

describe("a route that allows an encoded path", () => {
  test.each([
    "/api/a%2fb",
    "/api/a%2Fb/c%3bd",
    "/api/100%25",
    "/api/a%252fb",
    "/api/a;v=1/b",
    "/%61pi/a%2fb",
  ])("answers %s, as it is", async (path) => {
    const { status, content } = await asked([encoded("/api/*"), route("/*")], path);
    expect([status, content]).toEqual([200, `/api/* ${path}`]);
  });

  test.each(["/api%2fx", "/api%2Fa%2fb", "/api;v=1/x", "/api%252fx", "/api%3b/x"])(
    "does not answer %s, whose folder itself is encoded",
    async (path) => {
      expect(await asked([encoded("/api/*")], path)).toEqual(INVALID);
      expect(await asked([encoded("/api/*"), encoded("/*")], path)).toEqual(INVALID);
    },
  );

  test.each([
    "/api/a%5cb",
    "/api/a%2f..%2fb",
    "/api/a%2f%2fb",
    "/api/%2fb",
    "/api/a%00",
    "/api//a",
    "/api/a%ff%2f",
  ])("does not answer %s, which no route does", async (path) => {
    expect(await asked([encoded("/*"), encoded("/api/*")], path)).toEqual(INVALID);
  });

  test("reaches nothing of another route below it or above it", async () => {
    const routes = [encoded("/api/*"), route("/api/admin/*"), encoded("/api/deep/*"), encoded("/*")];
    for (const path of [
      "/api/admin%2fx",
      "/api/admin;/x",
      "/api/%61dmin%2fx",
      "/api/deep%2fx",
      "/api/admin/a%2fb",
    ])
      expect(await asked(routes, path)).toEqual(INVALID);
    expect((await asked(routes, "/api/deep/a%2fb")).content).toBe("/api/deep/* /api/deep/a%2fb");
    expect((await asked(routes, "/a%2fb")).content).toBe("/* /a%2fb");
  });

  test("opens nothing without a token by an open route beside it", async () => {
    const routes = [encoded("/*"), encoded("/open/*"), route("/closed/*")];
    const ask = (path: string) => asked(routes, path, { headers: {} }, ["/open/*"]);
    expect((await ask("/open/a%2fb")).status).toBe(200);
    for (const path of ["/open%2fa", "/closed%2fa", "/closed/a%2fb"])
      expect(await ask(path)).toEqual(INVALID);
    expect((await ask("/other/a%2fb")).status).toBe(401);
  });

  test("opens nothing to a server that removes parameters before it decodes", async () => {
    const routes = [encoded("/*"), route("/closed/d")];
    const ask = (path: string) => asked(routes, path, { headers: {} }, ["/*"]);
    expect((await ask("/open;b/c%2fd")).status).toBe(200);
    for (const path of ["/closed;b%2fc/d", "/closed;b%252fc/d", "/closed%3bb%252fc/d"])
      expect(await ask(path)).toEqual(INVALID);
  });

  test("is found by the host and method of the request", async () => {
    const routes = [
      encoded("/api/*", { hosts: ["a.example"], methods: ["GET"] }),
      route("/api/*", { hosts: ["b.example"] }),
    ];
    const ask = (host: string, method = "GET") =>
      asked(routes, "/api/a%2fb", { method, headers: { ...TOKEN1, Host: host } });
    expect((await ask("a.example")).status).toBe(200);
    expect(await ask("b.example")).toEqual(INVALID);
    expect(await ask("c.example")).toEqual(INVALID);
    expect(await ask("a.example", "POST")).toEqual(
      refused(405, "Method not allowed", { allow: "GET, HEAD" }),
    );
  });
});
