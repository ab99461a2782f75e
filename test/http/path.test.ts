import { expect, test } from "bun:test";
import { pathOf } from "../../src/http/path.ts";

test.each([
  "http://localhost/",
  "http://localhost/ping",
  "http://localhost:8000/ping/",
  "http://localhost/ping?a=/b#c",
  "http://localhost/ping#a?b",
  "http://localhost/?/ping",
  "http://localhost/#/ping",
  "http://localhost//ping//",
  "http://localhost/a%2Fb%20c",
  "http://localhost/ping;v=1:2@3",
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
  ["/a b", "/a%20b"],
  ["/ä", "/%C3%A4"],
  ["/a\0b", "/a%00b"],
  ["/ping? /../x", "/ping"],
  ["http://localhost/a/../ping", "/ping"],
  ["http://localhost/a b", "/a%20b"],
  ["//ping", "//ping"],
  ["/http://elsewhere/ping", "/http://elsewhere/ping"],
  ["/@elsewhere/ping", "/@elsewhere/ping"],
  ["/:99999999", "/:99999999"],
])("pathOf() normalises the raw target %j to %j", (target, path) => {
  expect(pathOf(target)).toBe(path);
});

test.each(["", "*", "ping", "localhost:8000", "http://localhost", "http:///", "http://a b/../ping"])(
  "pathOf() is null for %j, where there is no path",
  (url) => {
    expect(pathOf(url)).toBeNull();
  },
);
