import { expect, test } from "bun:test";
import type { Handler } from "../../src/http/handler.ts";
import { endpoints } from "../../src/routes/endpoints.ts";
import type { Exclusions } from "../../src/routes/exclusions.ts";
import type { OpenRoute, RoutePlace } from "../../src/routes/route-kind.ts";

const NONE: Exclusions = { paths: [], methods: [] };
const route = (path: string, given: Partial<OpenRoute> = {}): OpenRoute => ({
  methods: "any",
  path,
  handler: () => new Response(),
  ...given,
});

/** The guards of each endpoint, and which place they are those of. */
function found(routes: readonly OpenRoute[], exclusions: Exclusions = NONE) {
  const guards = new Map<Handler, string>();
  const named = (name: string) => {
    const handler: Handler = () => new Response();
    guards.set(handler, name);
    return handler;
  };
  const at = (place: RoutePlace | null) => (place === null ? "no place" : `${place.methods} ${place.path}`);
  const find = endpoints(routes, exclusions, {
    open: (place) => named(`open ${at(place)}`),
    closed: (place) => named(`closed ${at(place)}`),
    refused: ({ status, headers }, place) => named(`${status} ${headers["Allow"] ?? ""} at ${at(place)}`),
  });
  return (method: string, path: string, host?: string) => {
    const headers = host === undefined ? {} : { Host: host };
    const { handler, ...rest } = find(new Request("http://x/", { headers }), method, path);
    return { guards: guards.get(handler), ...rest };
  };
}

const PLACE = { errorFormat: null, allowsEncoded: false, isProbe: false };

test("endpoints() puts the guards before a route, and before the refusals beside it", () => {
  const find = found([route("/a/*"), route("/b", { methods: ["GET"] })], { paths: ["/a/*"], methods: [] });
  expect(find("GET", "/a/x")).toEqual({ guards: "open any /a/*", route: "/a/*", ...PLACE });
  expect(find("GET", "/b")).toEqual({ guards: "closed GET /b", route: "/b", ...PLACE });
  expect(find("PUT", "/b")).toEqual({ guards: "405 GET, HEAD at GET /b", route: "/b", ...PLACE });
  expect(find("GET", "/c")).toEqual({ guards: "404  at no place", route: null, ...PLACE });
});

test("endpoints() splits a route that is open for some methods", () => {
  const find = found([route("/a")], { paths: [], methods: ["OPTIONS"] });
  expect(find("OPTIONS", "/a").guards).toBe("open OPTIONS /a");
  expect(find("GET", "/a").guards).toBe("closed any /a");
});

test("endpoints() has what a route allows and its error format, also beside its methods", () => {
  const given = { methods: ["GET"], allowsEncoded: true, errorFormat: "openai", isProbe: true } as const;
  const find = found([route("/a", given)]);
  const expected = { route: "/a", allowsEncoded: true, errorFormat: "openai" as const, isProbe: true };
  expect(find("GET", "/a")).toEqual({ guards: "closed GET /a", ...expected });
  expect(find("PUT", "/a")).toEqual({ guards: "405 GET, HEAD at GET /a", ...expected });
});

test("endpoints() finds by the name in the Host header, without case and port, and never by a wrong one", () => {
  const find = found([
    route("/a"),
    route("/*", { hosts: ["a.example"] }),
    route("/a", { hosts: ["b.example"] }),
  ]);
  const at = (host?: string) => find("GET", "/a", host).route;
  expect([at("a.example"), at("A.Example:8000"), at("b.example"), at("a.example")]).toEqual([
    ...["/*", "/*", "/a", "/*"],
  ]);
  for (const host of [undefined, "", "c.example", "a.example:x", "a.example, a.example", "a.example.evil"]) {
    expect(at("a.example")).toBe("/*");
    expect(at(host)).toBe("/a");
  }
  expect(find("GET", "/b", "c.example").route).toBeNull();
});

test("endpoints() refuses another method by the guards of the place that the host leads to", () => {
  const find = found([
    route("/a", { hosts: ["a.example"], methods: ["GET"] }),
    route("/a", { methods: ["PUT"] }),
  ]);
  expect(find("PUT", "/a", "a.example").guards).toBe("405 GET, HEAD at GET /a");
  expect(find("PUT", "/a", "b.example").guards).toBe("closed PUT /a");
});
