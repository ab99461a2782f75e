import { describe, expect, test } from "bun:test";
import type { AppRoute } from "../../src/routes/route-kind.ts";
import type { Route } from "../../src/http/router.ts";
import { excludedRoutes, exclusionProblems, type RouteFacts } from "../../src/routes/exclusions.ts";

const routes: readonly AppRoute[] = [
  { methods: ["GET"], path: "/a", handler: () => new Response("a") },
  { methods: ["POST"], path: "/a", handler: () => new Response("posted") },
  { methods: ["GET"], path: "/me", needsUser: true, handler: (_, { user }) => new Response(user.name) },
];
const any: AppRoute = { methods: "any", path: "/any/*", handler: () => new Response("any") };
const named = (excluded: readonly Route[]) =>
  excluded.map(({ methods, path }) => `${methods === "any" ? methods : methods.join(", ")} ${path}`);

describe("excludedRoutes()", () => {
  test("opens every method of an excluded path", () => {
    expect(named(excludedRoutes(routes, { paths: ["/a"], methods: [] }))).toEqual(["GET /a", "POST /a"]);
  });
  test("opens every route of an excluded method that needs no user", () => {
    expect(named(excludedRoutes(routes, { paths: [], methods: ["GET"] }))).toEqual(["GET /a"]);
    expect(named(excludedRoutes(routes, { paths: [], methods: ["HEAD"] }))).toEqual(["HEAD /a"]);
  });
  test("opens a route for any method for the excluded ones only, unless its path is excluded", () => {
    expect(named(excludedRoutes([any], { paths: [], methods: ["OPTIONS", "GET", "GET"] }))).toEqual([
      "OPTIONS, GET /any/*",
    ]);
    expect(named(excludedRoutes([any], { paths: ["/any/*"], methods: ["GET"] }))).toEqual(["any /any/*"]);
  });
  test("opens of a route with two methods only the excluded one", () => {
    const both: AppRoute = { ...any, methods: ["GET", "POST"] };
    expect(named(excludedRoutes([both], { paths: [], methods: ["POST"] }))).toEqual(["POST /any/*"]);
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
      { list: "paths", index: 1, excluded: "/b", closed: null },
    ]);
  });
  test("finds a method that no route has", () => {
    expect(exclusionProblems(routes, { paths: [], methods: ["POST", "DELETE"] })).toEqual([
      { list: "methods", index: 1, excluded: "DELETE", closed: null },
    ]);
  });
  test("finds that a route for any method has each of them", () => {
    expect(exclusionProblems([any], { paths: [], methods: ["PROPFIND", "HEAD"] })).toEqual([]);
    const closed: RouteFacts = { path: "/me", methods: "any", needsUser: true };
    expect(exclusionProblems([closed], { paths: [], methods: ["DELETE"] })).toEqual([
      { list: "methods", index: 0, excluded: "DELETE", closed },
    ]);
  });
  test("finds a route that needs a user", () => {
    const closed = routes[2] ?? null;
    expect(exclusionProblems(routes, { paths: ["/me"], methods: ["GET", "HEAD"] })).toEqual([
      { list: "paths", index: 0, excluded: "/me", closed },
      { list: "methods", index: 0, excluded: "GET", closed },
      { list: "methods", index: 1, excluded: "HEAD", closed },
    ]);
  });
});
