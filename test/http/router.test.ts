import { describe, expect, test } from "bun:test";
import type { Method, Methods } from "../../src/http/methods.ts";
import { router, type Place } from "../../src/http/router.ts";

/** A place, and the name by which a test knows what was found. */
interface NamedPlace extends Place {
  readonly name: string;
}

function at(methods: Method | Methods, path: string, ...hosts: string[]): NamedPlace {
  const all = typeof methods === "string" && methods !== "any" ? [methods] : methods;
  const name = `${typeof methods === "string" ? methods : methods.join()} ${hosts.join()}${path}`;
  return { methods: all, path, name, hosts: hosts.length === 0 ? null : hosts };
}

function routerOf(...places: NamedPlace[]) {
  const find = router<NamedPlace, string>({
    places,
    target: ({ name }) => name,
    notAllowed: ({ name }, allow) => `beside ${name}: allow ${allow}`,
    unknown: "unknown",
  });
  return (method: string, path: string, host: string | null = null) => find(method, path, host);
}

describe("router()", () => {
  test("finds exactly this method and path", () => {
    const find = routerOf(at("GET", "/a"), at("POST", "/a"), at("GET", "/a/b"));
    expect(find("GET", "/a")).toBe("GET /a");
    expect(find("POST", "/a")).toBe("POST /a");
    expect(find("GET", "/a/b")).toBe("GET /a/b");
    for (const path of ["/", "/A", "/a/", "/a/b/c", "a", "//a", "/a?", "constructor", "__proto__"]) {
      expect(find("GET", path)).toBe("unknown");
    }
    for (const method of ["get", "PUT", "", "constructor", "__proto__"]) {
      expect(find(method, "/a")).toBe("beside GET /a: allow GET, POST, HEAD");
    }
  });

  test("lets HEAD follow GET", () => {
    const find = routerOf(at("GET", "/a"), at("POST", "/b"));
    expect(find("HEAD", "/a")).toBe("GET /a");
    expect(find("HEAD", "/b")).toBe("beside POST /b: allow POST");
  });

  test("prefers a place for HEAD, wherever it stands in the list", () => {
    const [get, head] = [at("GET", "/a"), at("HEAD", "/a")];
    expect(routerOf(get, head)("HEAD", "/a")).toBe("HEAD /a");
    expect(routerOf(head, get)("HEAD", "/a")).toBe("HEAD /a");
    expect(routerOf(head, get)("GET", "/a")).toBe("GET /a");
  });

  test("finds a place for any method, unless another lists the method", () => {
    const [any, both, open] = [at("any", "/a"), at(["GET", "POST"], "/a"), at("any", "/b")];
    for (const find of [routerOf(any, both, open), routerOf(both, any, open)]) {
      for (const method of ["GET", "HEAD", "POST"]) expect(find(method, "/a")).toBe("GET,POST /a");
      for (const method of ["PUT", "REPORT"]) expect(find(method, "/a")).toBe("any /a");
      for (const method of ["GET", "HEAD", "REPORT"]) expect(find(method, "/b")).toBe("any /b");
      expect(find("GET", "/c")).toBe("unknown");
    }
  });

  test("throws where two places are for the same host, method and path", () => {
    expect(() => routerOf(at("GET", "/a"), at("GET", "/b"), at("GET", "/a"))).toThrow(
      new Error("two routes for GET /a"),
    );
    expect(() => routerOf(at("any", "/a"), at("any", "/a"))).toThrow(new Error("two routes for any /a"));
    expect(() => routerOf(at("GET", "/a", "x", "y"), at("GET", "/a", "y"))).toThrow(
      new Error("two routes for GET /a"),
    );
  });

  test("finds the exact path, else the innermost folder, on whole segments", () => {
    const find = routerOf(at("any", "/a/*"), at("any", "/a/b/*"), at("any", "/a/b/c"), at("any", "/x"));
    const found = ["/a/b/c", "/a/b/d", "/a/b/", "/a/z", "/a/", "/x"].map((path) => find("GET", path));
    expect(found).toEqual(["any /a/b/c", "any /a/b/*", "any /a/b/*", "any /a/*", "any /a/*", "any /x"]);
    for (const path of ["/", "/ab", "/x/", "/X", "a/*x"]) expect(find("GET", path)).toBe("unknown");
    expect(routerOf(at("any", "/*"))("GET", "/anything/at/all")).toBe("any /*");
    expect(routerOf(at("any", "/*"))("GET", "/")).toBe("any /*");
    expect(routerOf()("GET", "/")).toBe("unknown");
  });

  test("takes a folder without its slash for the folder, unless it is a place of its own", () => {
    const find = routerOf(at("any", "/a/*"), at("any", "/a/b/*"), at("GET", "/a"));
    expect(find("GET", "/a")).toBe("GET /a");
    expect(find("GET", "/a/b")).toBe("any /a/b/*");
    expect(find("POST", "/a")).toBe("beside GET /a: allow GET, HEAD");
  });

  test("finds the same with and without percent-encoding", () => {
    const find = routerOf(at("any", "/*"), at("any", "/admin/*"), at("any", "/a@b"), at("any", "/caf%C3%A9"));
    for (const path of ["/%61dmin/x", "/adm%69n/", "/%61dmi%6E"])
      expect(find("GET", path)).toBe("any /admin/*");
    for (const path of ["/a@b", "/a%40b", "/%61%40%62"]) expect(find("GET", path)).toBe("any /a@b");
    for (const path of ["/caf%c3%a9", "/c%61f%C3%a9"]) expect(find("GET", path)).toBe("any /caf%C3%A9");
    expect(find("GET", "/%")).toBe("any /*");
  });

  test("takes two spellings of one path for the same", () => {
    const find = routerOf(at("GET", "/a@b"), at("POST", "/%61@b"));
    for (const path of ["/a@b", "/%61@b", "/a%40b"]) {
      expect(find("GET", path)).toBe("GET /a@b");
      expect(find("POST", path)).toBe("POST /%61@b");
      expect(find("PUT", path)).toBe("beside GET /a@b: allow GET, POST, HEAD");
    }
    expect(() => routerOf(at("GET", "/a/*"), at("GET", "/%61/*"))).toThrow(
      new Error("two routes for GET /%61/*"),
    );
  });

  test("looks at the places of the host first, whatever is more specific beside them", () => {
    const find = routerOf(
      at("any", "/a/b"),
      at("any", "/a/*", "x", "y"),
      at("GET", "/c", "x"),
      at("any", "/c"),
    );
    expect(find("GET", "/a/b", "x")).toBe("any x,y/a/*");
    expect(find("GET", "/a/b", "y")).toBe("any x,y/a/*");
    expect(find("GET", "/a/b", "z")).toBe("any /a/b");
    expect(find("GET", "/a/b", null)).toBe("any /a/b");
    expect(find("POST", "/c", "x")).toBe("beside GET x/c: allow GET, HEAD");
    expect(find("POST", "/c", "y")).toBe("any /c");
    expect(find("GET", "/d", "x")).toBe("unknown");
  });
});
