import { describe, expect, test } from "bun:test";
import { parameterValues, queryOf, withoutParameters } from "../../src/http/query.ts";

describe("parameterValues()", () => {
  test.each<[string, (string | null)[]]>([
    ["/a", []],
    ["/a?", []],
    ["/a?b=t", []],
    ["/a?T=t", []],
    ["/a?t=x", ["x"]],
    ["http://h/a?b=1&t=x&c", ["x"]],
    ["?t=x", ["x"]],
    ["/a?%74=%78", ["x"]],
    ["/a?t=x+y%2B%26", ["x y+&"]],
    ["/a?t=x=y", ["x=y"]],
    ["/a?t", [""]],
    ["/a?t=", [""]],
    ["/a?t=x&%74=y", ["x", "y"]],
    ["/a?t=%zz", [null]],
    ["/a?t=%ff", [null]],
    ["/a?%zz=1&t=x", ["x"]],
    ["/a??t=x", []],
    ["/a?b;t=x", []],
    ["/a#?t=x", []],
    ["/a?t=x#&t=y", ["x"]],
  ])("finds t in %p: %p", (url, values) => {
    expect(parameterValues(url, "t")).toEqual(values);
  });
});

describe("withoutParameters()", () => {
  test.each([
    ["/a", "/a"],
    ["/a?", "/a?"],
    ["/a?b=%zz&&c+%20", "/a?b=%zz&&c+%20"],
    ["/a?t=x", "/a"],
    ["?t=x", ""],
    ["/a?t=x&%74=y&u", "/a"],
    ["/a?b=1&t=x&c=%2f+?", "/a?b=1&c=%2f+?"],
    ["/a?t=x&b", "/a?b"],
    ["/a?b&t", "/a?b"],
    ["/a?&t=x", "/a?"],
    ["/a?&&t=x&&", "/a?&&&"],
    ["/a?t=%zz&tt=1", "/a?tt=1"],
    ["/a?t=x#f", "/a#f"],
    ["/a#?t=x", "/a#?t=x"],
  ])("makes %p %p", (url, rest) => {
    expect(withoutParameters(url, new Set(["t", "u"]))).toBe(rest);
  });
});

test.each([
  ["http://h/a", ""],
  ["http://h/a?", "?"],
  ["http://h/a??x", "??x"],
  ["http://h/a?x=%2f;/../", "?x=%2f;/../"],
  ["http://h/a?x#y?z", "?x"],
  ["http://h/a#y?z", ""],
  ["/a?x", "?x"],
])("queryOf() of %s is %j", (url, query) => {
  expect(queryOf(url)).toBe(query);
});
