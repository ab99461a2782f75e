import { expect, test } from "bun:test";
import { nearest } from "../../src/text/suggest.ts";

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
])("nearest() of %s is %s, which it is like although it %s", (text, expected) => {
  expect(nearest(text, ["host", "port", "schedule", "exclude_routes", "exclude_methods"])).toBe(expected);
});

test("nearest() is null where nothing is like the text", () => {
  expect(nearest("certificate", ["host", "port", "exclude_routes"])).toBeNull();
  expect(nearest("rate", ["path"])).toBeNull();
  expect(nearest("FETCH", ["PATCH"])).toBeNull();
  expect(nearest("port", [])).toBeNull();
});

test("nearest() allows a long candidate a third of its letters", () => {
  expect(nearest("abcdefxxx", ["abcdefghi"])).toBe("abcdefghi");
  expect(nearest("abcdexxxx", ["abcdefghi"])).toBeNull();
});

test("nearest() counts a swap of neighbours as one step", () => {
  expect(nearest("badcef", ["abcdef"])).toBe("abcdef");
  expect(nearest("badcfe", ["abcdef"])).toBeNull();
});

test("nearest() takes the nearest, and the first among equals", () => {
  expect(nearest("prot", ["prout", "part", "port", "pert"])).toBe("prout");
  expect(nearest("hort", ["part", "host", "port"])).toBe("host");
  expect(nearest("hort", ["part", "port", "host"])).toBe("port");
});

test("nearest() cuts texts of any length before it compares them", () => {
  const long = "a".repeat(64);
  expect(nearest("a".repeat(1_000_000), [long])).toBe(long);
  expect(nearest("b".repeat(1_000_000), [long])).toBeNull();
});
