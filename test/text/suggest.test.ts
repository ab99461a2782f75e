import { expect, test } from "bun:test";
import { suggest } from "../../src/text/suggest.ts";

test.each([
  ["port", "port", "is the same"],
  ["prt", "port", "leaves a letter out"],
  ["ports", "port", "has a letter more"],
  ["part", "port", "has another letter"],
  ["prot", "port", "swaps two neighbours"],
  ["PORT", "port", "differs in case"],
  ["exclude_route", "exclude_routes", "is long and leaves a letter out"],
  ["exclud_rute", "exclude_routes", "is long and leaves three letters out"],
  ["shedul", "schedule", "leaves two letters of eight out"],
])("suggest() of %s is %s, which it is like although it %s", (text, expected) => {
  expect(suggest(text, ["host", "port", "schedule", "exclude_routes", "exclude_methods"])).toBe(expected);
});

test("suggest() is null where nothing is like the text", () => {
  expect(suggest("certificate", ["host", "port", "exclude_routes"])).toBeNull();
  expect(suggest("rate", ["path"])).toBeNull();
  expect(suggest("FETCH", ["PATCH"])).toBeNull();
  expect(suggest("port", [])).toBeNull();
});

test("suggest() allows a long candidate a third of its letters", () => {
  expect(suggest("abcdefxxx", ["abcdefghi"])).toBe("abcdefghi");
  expect(suggest("abcdexxxx", ["abcdefghi"])).toBeNull();
});

test("suggest() counts a swap of neighbours as one step", () => {
  expect(suggest("badcef", ["abcdef"])).toBe("abcdef");
  expect(suggest("badcfe", ["abcdef"])).toBeNull();
});

test("suggest() takes the nearest, and the first among equals", () => {
  expect(suggest("prot", ["prout", "part", "port", "pert"])).toBe("prout");
  expect(suggest("hort", ["part", "host", "port"])).toBe("host");
  expect(suggest("hort", ["part", "port", "host"])).toBe("port");
});

test("suggest() cuts texts of any length before it compares them", () => {
  const long = "a".repeat(64);
  expect(suggest("a".repeat(1_000_000), [long])).toBe(long);
  expect(suggest("b".repeat(1_000_000), [long])).toBeNull();
});
