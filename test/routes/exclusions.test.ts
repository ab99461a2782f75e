import { describe, expect, test } from "bun:test";
import type { AppRoute } from "../../src/routes/route-kinds.ts";
import { excludedRoutes, exclusionProblems } from "../../src/routes/exclusions.ts";

const routes: readonly AppRoute[] = [
  { method: "GET", path: "/a", handler: () => new Response("a") },
  { method: "POST", path: "/a", handler: () => new Response("posted") },
  { method: "GET", path: "/me", needsUser: true, handler: (_, { user }) => new Response(user.name) },
];
const named = (excluded: readonly { method: string; path: string }[]) =>
  excluded.map(({ method, path }) => `${method} ${path}`);

describe("excludedRoutes()", () => {
  test("opens every method of an excluded path", () => {
    expect(named(excludedRoutes(routes, { paths: ["/a"], methods: [] }))).toEqual(["GET /a", "POST /a"]);
  });
  test("opens every route of an excluded method that needs no user", () => {
    expect(named(excludedRoutes(routes, { paths: [], methods: ["GET"] }))).toEqual(["GET /a"]);
    expect(named(excludedRoutes(routes, { paths: [], methods: ["HEAD"] }))).toEqual(["HEAD /a"]);
  });
  test("opens nothing where nothing is excluded", () => {
    expect(excludedRoutes(routes, { paths: [], methods: [] })).toEqual([]);
  });
});

describe("exclusionProblems()", () => {
  test("finds nothing wrong with routes that need no user", () => {
    expect(exclusionProblems(routes, { paths: ["/a"], methods: ["POST"] })).toEqual([]);
  });
  test("finds a path that is no route's", () => {
    expect(exclusionProblems(routes, { paths: ["/a", "/b"], methods: [] })).toEqual([
      { list: "paths", index: 1, text: 'must be the path of a route (/a, /me), was "/b"' },
    ]);
  });
  test("finds a method that no route has", () => {
    expect(exclusionProblems(routes, { paths: [], methods: ["POST", "DELETE"] })).toEqual([
      { list: "methods", index: 1, text: "opens nothing: no route has the method DELETE" },
    ]);
  });
  test("finds a route that needs a user", () => {
    const text = "would open GET /me, which needs a user";
    expect(exclusionProblems(routes, { paths: ["/me"], methods: ["GET", "HEAD"] })).toEqual([
      { list: "paths", index: 0, text },
      { list: "methods", index: 0, text },
      { list: "methods", index: 1, text },
    ]);
  });
});
