import type { Method } from "../../src/http/methods.ts";
import { describe, expect, test } from "bun:test";
import type { AppRoute } from "../../src/routes/route-kind.ts";
import { splitRoute, exclusionProblems, type RouteFacts } from "../../src/routes/exclusions.ts";

const routes: readonly AppRoute[] = [
  { methods: ["GET"], path: "/a", handler: () => new Response("a") },
  { methods: ["POST"], path: "/a", handler: () => new Response("posted") },
  { methods: ["GET"], path: "/me", needsUser: true, handler: (_, { user }) => new Response(user.name) },
];
const any: AppRoute = { methods: "any", path: "/any/*", handler: () => new Response("any") };
const [getA, postA, me] = routes as [AppRoute, AppRoute, AppRoute];
const named = (route: AppRoute | null) =>
  route && `${route.methods === "any" ? "any" : route.methods.join(", ")} ${route.path}`;
const split = (route: AppRoute, paths: string[], methods: Method[]) => {
  const { open, closed } = splitRoute(route, { paths, methods });
  return [named(open), named(closed)];
};

describe("splitRoute()", () => {
  test("opens every method of an excluded path", () => {
    expect(split(getA, ["/a"], [])).toEqual(["GET /a", null]);
    expect(split(any, ["/any/*"], ["GET"])).toEqual(["any /any/*", null]);
  });
  test("opens the excluded methods, and HEAD with GET", () => {
    expect(split(getA, [], ["GET"])).toEqual(["GET /a", null]);
    expect(split(getA, [], ["HEAD"])).toEqual(["HEAD /a", "GET /a"]);
    expect(split({ ...getA, methods: ["GET", "HEAD", "PUT"] }, [], ["GET"])).toEqual(["GET /a", "PUT /a"]);
    expect(split(postA, [], ["GET"])).toEqual([null, "POST /a"]);
  });
  test("opens a route for any method for the excluded ones only", () => {
    expect(split(any, [], ["OPTIONS", "GET", "GET"])).toEqual(["OPTIONS, GET /any/*", "any /any/*"]);
  });
  test("opens no route that needs a user", () => {
    expect(split(me, ["/me"], ["GET"])).toEqual([null, "GET /me"]);
  });
  test("opens nothing where nothing is excluded", () => {
    expect(split(getA, [], [])).toEqual([null, "GET /a"]);
  });
});

describe("exclusionProblems()", () => {
  test("finds nothing wrong with routes that need no user", () => {
    expect(exclusionProblems(routes, { paths: ["/a"], methods: ["POST"] })).toEqual([]);
  });
  test("finds a path without a route", () => {
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
  });
  test("applies no excluded method to a route for any method that needs a user", () => {
    const closed: RouteFacts = { path: "/me", methods: "any", needsUser: true };
    expect(exclusionProblems([any, closed], { paths: [], methods: ["DELETE"] })).toEqual([]);
    expect(exclusionProblems([closed], { paths: [], methods: ["DELETE"] })).toEqual([
      { list: "methods", index: 0, excluded: "DELETE", closed: null },
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
