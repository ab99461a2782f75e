import { expect, test } from "bun:test";
import { decodedPath, encodedPathOf, isRoutePath, pathOf } from "../../src/http/path.ts";

test.each([
  "http://localhost/",
  "http://localhost/ping",
  "http://localhost:8000/ping/",
  "http://localhost/ping?a=/b#c",
  "http://localhost/ping#a?b",
  "http://localhost/?/ping",
  "http://localhost/#/ping",
  "http://localhost/a%20b",
  "http://localhost/ping,v=1:2@3",
  "http://h/x",
  "https://h/x",
  "https://[::1]:8000/x",
])("pathOf() of %s is what URL says", (url) => {
  expect(pathOf(url)).toBe(new URL(url).pathname);
});

test.each([
  ["/", "/"],
  ["/ping", "/ping"],
  ["/ping?a=/b#c", "/ping"],
  ["/a/../ping", "/ping"],
  ["/../../ping", "/ping"],
  ["/./ping/.", "/ping/"],
  ["/.well-known/ping", "/.well-known/ping"],
  ["/%2e%2E/ping", "/ping"],
  ["/a/%2e%2e/ping", "/ping"],
  ["/a/.%2E/ping", "/ping"],
  ["/a/%2e/ping", "/a/ping"],
  ["/a\\..\\ping", "/ping"],
  ["/a\\ping", "/a/ping"],
  ["/a..", "/a.."],
  ["/a./ping", "/a./ping"],
  ["/...", "/..."],
  ["/a b", "/a%20b"],
  ['/a"b', "/a%22b"],
  ["/a<b>", "/a%3Cb%3E"],
  ["/ä", "/%C3%A4"],
  ["/ping? /../x", "/ping"],
  ["http://localhost/a/../ping", "/ping"],
  ["http://localhost/a b", "/a%20b"],
  ["http://h/a\\b", "/a/b"],
  ["http://h/%2e%2E/ping", "/ping"],
  ["/@elsewhere/ping", "/@elsewhere/ping"],
  ["/:99999999", "/:99999999"],
])("pathOf() normalises the raw target %j to %j", (target, path) => {
  expect(pathOf(target)).toBe(path);
});

test("pathOf() is what URL says for every character of ASCII and some beyond, or null where that is ambiguous", () => {
  for (let code = 0; code < 0x300; code += 1) {
    const sign = String.fromCharCode(code);
    for (const path of [`/${sign}`, `/a${sign}b`, `/a/${sign}.`, `/a/.${sign}`, `/a/%2${sign}/b`]) {
      const url = `http://h${path}`;
      const { pathname } = new URL(url);
      const ambiguous = /\/\/|;|%2f|%5c|%3b|%25|%[01][0-9a-f]|%7f|%(?![0-9a-f]{2})/i.test(pathname);
      const expected = ambiguous ? null : pathname;
      expect(pathOf(url)).toBe(expected);
      expect(pathOf(path)).toBe(expected);
    }
  }
});

test.each(["", "*", "ping", "localhost:8000", "http://localhost", "http:///"])(
  "pathOf() is null for %j, where there is no path",
  (url) => {
    expect(pathOf(url)).toBeNull();
  },
);

test.each(["http://a b/../ping", "http://a b/%2e%2e/ping", "http://a b/x\\y", "http://[::1/a b"])(
  "pathOf() is null for %j, whose host no URL parser takes",
  (url) => {
    expect(pathOf(url)).toBeNull();
  },
);

test.each([
  "//ping",
  "/ping//",
  "/a%2Fb",
  "/a/.%2f../ping",
  "/a%5cb",
  "/a/..%5C../ping",
  "/a\\\\b",
  "/ping;v=1",
  "/..;/ping",
  "/a%00b",
  "/a\0b",
  "/http://elsewhere/ping",
])("pathOf() is null for %j, which could mean two things", (path) => {
  expect(pathOf(path)).toBeNull();
  expect(pathOf(`http://localhost${path}`)).toBeNull();
  expect(pathOf(`http://localhost${path}?a=//;%2f`)).toBeNull();
});

test("pathOf() does not mind what stands in a query", () => {
  expect(pathOf("http://localhost/ping?a=//;%2f%5c%00")).toBe("/ping");
});

test.each(["", "/", "/pin", "/ping", "/pinh", "/pings", "/Ping", "/ping/", "/ping?a", "//", "/a%2fb"])(
  "pathOf() does not depend on the last path, here %j",
  (last) => {
    for (const path of ["/", "/pin", "/ping", "/pings", "/ping/"])
      for (const end of ["", "?a=/b", "#c"]) {
        expect(pathOf(`http://localhost${path}${end}`, last)).toBe(path);
        expect(pathOf(`${path}${end}`, last)).toBe(path);
      }
    for (const ambiguous of ["//", "/a%2fb", "/ping;"])
      expect(pathOf(`http://localhost${ambiguous}`, last)).toBeNull();
    expect(pathOf("/a/../ping", last)).toBe("/ping");
  },
);

test.each(["/", "/ping", "/a/b/", "/*", "/a/*", "/a%20b", "/.well-known/x", "/a.b/*"])(
  "isRoutePath() takes %j",
  (path) => expect(isRoutePath(path)).toBeTrue(),
);

test.each([
  "",
  "ping",
  "*",
  "/a*",
  "/*/a",
  "/a/**",
  "/a//b",
  "/a/../b",
  "/a/./*",
  "/a b",
  "/a?b",
  "/a#b",
  "/a;b",
  "/a%2fb",
  "/ä",
  "//*",
])("isRoutePath() does not take %j, which no request has", (path) => expect(isRoutePath(path)).toBeFalse());

test.each([
  ["/a%2fb", "/a%2fb", "/a/b", "/"],
  ["/a%2Fb%3Bc", "/a%2Fb%3Bc", "/a/b", "/"],
  ["/100%25", "/100%25", "/100%", "/"],
  ["/a%252fb", "/a%252fb", "/a/b", "/"],
  ["/a;v=1/b;w", "/a;v=1/b;w", "/a/b", "/"],
  ["/%61/b/c%2fd/e%2ff", "/%61/b/c%2fd/e%2ff", "/a/b/c/d/e/f", "/%61/b/"],
  ["/a/b/100%25?x=%2f", "/a/b/100%25", "/a/b/100%", "/a/b/"],
  ["/@scope%2fname?x=%2f", "/@scope%2fname", "/@scope/name", "/"],
])(
  "encodedPathOf() of %s is the path, decoded and up to what is ambiguous",
  (target, path, decoded, folder) => {
    expect(encodedPathOf(`http://localhost${target}`)).toEqual({ path, decoded, folder });
    expect(pathOf(`http://localhost${target}`)).toBeNull();
  },
);

test.each([
  ...["//a", "/a%2f/b", "/a%2f%2fb", "/%2f", "/a/%2fb", "/a%252f%252fb"],
  ...["/a%2f..%2fb", "/a%2f.", "/a%252f..%252fb", "/a/..%2fb", "/%252e%252e/b", "/%252e%252e/%25"],
  ...["/a/..;/b", "/a/.;x/b", "/;/b", "/a/..%3b/b", "/%2e%2e;/b"],
  ...["/a%5cb", "/a%255cb", "/a%00", "/a%2500", "/a%250ab", "/a%7f"],
  ...["/%ff%2f", "/%c0%af", "/a%25252525252fb"],
  ...["/a;b%2fc/d", "/a;b%252fc/d", "/a%3bb%252fc/d"],
])("encodedPathOf() of %s is null, however often a server decodes it", (target) => {
  expect(encodedPathOf(`http://localhost${target}`)).toBeNull();
});

test("decodedPath() decodes ASCII once and writes the rest in upper case", () => {
  expect(decodedPath("/%61%2f%2541/%c3%a9%")).toBe("/a/%41/%C3%A9%");
});
