import { expect, test } from "bun:test";
import type { Handler } from "../../src/http/handler.ts";
import type { Method, Methods } from "../../src/http/methods.ts";
import { Refusal } from "../../src/http/refusal.ts";
import { routePathFinder, router, routeTable, type Route } from "../../src/http/router.ts";
import { contextOf } from "../support/exchange.ts";

const request = new Request("http://localhost/");

function route(method: Method | Methods, path: string, handler: Handler = () => new Response()): Route {
  return { methods: typeof method === "string" && method !== "any" ? [method] : method, path, handler };
}

/** All that a client sees of the refusal with which a router answers. */
async function refused(routes: readonly Route[], method: string, path: string): Promise<unknown> {
  const answer = await router(routes)(request, contextOf(path, method));
  if (!(answer instanceof Refusal)) throw new Error(`${method} ${path} is not refused`);
  const response = answer.toResponse();
  // Read first: a body that was read takes its content type along (Bun 1.4.5).
  const headers = Object.fromEntries(response.headers);
  return [response.status, answer.code, await response.json(), headers];
}

const NOT_FOUND = [
  404,
  "route_unknown",
  { text: "Not found", status: "error" },
  { "content-type": "application/json;charset=utf-8" },
];

function notAllowed(allow: string): unknown {
  return [
    405,
    "method_not_allowed",
    { text: "Method not allowed", status: "error" },
    { allow, "content-type": "application/json;charset=utf-8" },
  ];
}

test("routeTable() finds the handler of exactly this method and path", () => {
  const [get, post, other] = [route("GET", "/a"), route("POST", "/a"), route("GET", "/a/b")];
  const table = routeTable([get, post, other]);
  expect(table.find(contextOf("/a", "GET"))).toBe(get.handler);
  expect(table.find(contextOf("/a", "POST"))).toBe(post.handler);
  expect(table.find(contextOf("/a/b", "GET"))).toBe(other.handler);
  for (const path of ["/", "/A", "/a/", "/a/b/c", "a", "//a", "/a?", "constructor", "__proto__"]) {
    expect(table.find(contextOf(path, "GET"))).toBeUndefined();
  }
  for (const method of ["get", "PUT", "", "constructor", "__proto__"]) {
    expect(table.find(contextOf("/a", method))).toBeUndefined();
  }
});

test("routeTable() lets HEAD follow GET", () => {
  const get = route("GET", "/a");
  const table = routeTable([get, route("POST", "/b")]);
  expect(table.find(contextOf("/a", "HEAD"))).toBe(get.handler);
  expect(table.find(contextOf("/b", "HEAD"))).toBeUndefined();
});

test("routeTable() prefers a route that is for HEAD, wherever it stands in the list", () => {
  const [get, head] = [route("GET", "/a"), route("HEAD", "/a")];
  expect(routeTable([get, head]).find(contextOf("/a", "HEAD"))).toBe(head.handler);
  expect(routeTable([head, get]).find(contextOf("/a", "HEAD"))).toBe(head.handler);
  expect(routeTable([head, get]).find(contextOf("/a", "GET"))).toBe(get.handler);
});

test("routeTable() finds a route for any method, unless another route lists the method", () => {
  const [any, both, open] = [route("any", "/a"), route(["GET", "POST"], "/a"), route("any", "/b")];
  for (const table of [routeTable([any, both, open]), routeTable([both, any, open])]) {
    const found = (method: string, path: string) => table.find(contextOf(path, method));
    for (const method of ["GET", "HEAD", "POST"]) expect(found(method, "/a")).toBe(both.handler);
    for (const method of ["PUT", "REPORT"]) expect(found(method, "/a")).toBe(any.handler);
    for (const method of ["GET", "HEAD", "REPORT"]) expect(found(method, "/b")).toBe(open.handler);
    expect(found("GET", "/c")).toBeUndefined();
  }
});

test("routeTable() names the methods of each path that does not answer every method", () => {
  const [get, post, any] = [route("GET", "/a"), route("POST", "/a"), route("any", "/c")];
  const { allow } = routeTable([get, post, route(["DELETE", "PUT"], "/b"), any, route("GET", "/c")]);
  expect([...allow]).toEqual([
    ["/a", "GET, POST, HEAD"],
    ["/b", "DELETE, PUT"],
  ]);
});

test("routeTable() throws where two routes are for the same method and path", () => {
  expect(() => routeTable([route("GET", "/a"), route("GET", "/b"), route("GET", "/a")])).toThrow(
    new Error("two routes for GET /a"),
  );
  expect(() => routeTable([route("any", "/a"), route("any", "/a")])).toThrow(
    new Error("two routes for any /a"),
  );
});

test("router() hands the request and the context to the route", () => {
  const given = new Response();
  const met: unknown[] = [];
  const routes = [
    route("GET", "/a", (request, context) => {
      met.push(request, context);
      return given;
    }),
  ];
  const context = contextOf("/a", "GET");
  expect(router(routes)(request, context)).toBe(given);
  expect(met[0]).toBe(request);
  expect(met[1]).toBe(context);
});

test("router() returns what the handler returns, a promise included", async () => {
  const given = new Response();
  const answer = router([route("POST", "/a", () => Promise.resolve(given))])(
    request,
    contextOf("/a", "POST"),
  );
  expect(answer).toBeInstanceOf(Promise);
  expect(await answer).toBe(given);
});

test("router() answers an unknown path with 404", async () => {
  expect(await refused([route("GET", "/a")], "GET", "/b")).toEqual(NOT_FOUND);
  expect(await refused([route("GET", "/a")], "POST", "/a/")).toEqual(NOT_FOUND);
  expect(await refused([], "GET", "/")).toEqual(NOT_FOUND);
});

test("router() answers another method on a known path with 405 and Allow", async () => {
  const routes = [route("GET", "/a"), route("POST", "/a"), route("PUT", "/b")];
  expect(await refused(routes, "DELETE", "/a")).toEqual(notAllowed("GET, POST, HEAD"));
  expect(await refused(routes, "get", "/a")).toEqual(notAllowed("GET, POST, HEAD"));
  expect(await refused(routes, "HEAD", "/b")).toEqual(notAllowed("PUT"));
});

test("router() hands a request of any method to a route for any method", async () => {
  const given = new Response();
  const answer = router([route("any", "/a", () => given)]);
  for (const method of ["GET", "HEAD", "DELETE", "REPORT"])
    expect(answer(request, contextOf("/a", method))).toBe(given);
  expect(await refused([route("any", "/a")], "GET", "/b")).toEqual(NOT_FOUND);
});

test("routePathFinder() finds the exact path, else the innermost folder, on whole segments", () => {
  const find = routePathFinder(["/a/*", "/a/b/*", "/a/b/c", "/x"]);
  const found = ["/a/b/c", "/a/b/d", "/a/b/", "/a/z", "/a/", "/a/b", "/x"].map(find);
  expect(found).toEqual(["/a/b/c", "/a/b/*", "/a/b/*", "/a/*", "/a/*", "/a/*", "/x"]);
  for (const path of ["/", "/a", "/ab", "/x/", "/X", "/a/*x".slice(1)]) expect(find(path)).toBeNull();
  expect(routePathFinder(["/*"])("/anything/at/all")).toBe("/*");
  expect(routePathFinder([])("/")).toBeNull();
});
