import { expect, test } from "bun:test";
import { JsonError, parseJson } from "../../src/json/parse-json.ts";
import { LIMITS } from "../../src/limits.ts";

const VALID = [
  "{}",
  "[]",
  " \t\r\n[ \t\r\n] \t\r\n",
  "null",
  "true",
  "false",
  "0",
  "-0",
  "-1.5e+3",
  "1E-2",
  "123456789012345678901234567890",
  '""',
  '"a b"',
  '"\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u00e9 \\uD83D\\ude00 \\ud800"',
  '"é 😀 \u2028 \x7f"',
  '{"a":{"b":[1,[2,{"c":null}],"three"]},"":""}',
  '{ "a" : 1 , "b" : [ true , false ] }',
  '{"a":1,"a":2}',
  '[{"x":1},{"x":2}]',
];

const INVALID = [
  "",
  " ",
  "[",
  "]",
  "[1",
  "[1,",
  "[,1]",
  "[1,]",
  "[1 2]",
  "[1]]",
  "[1}",
  "{",
  "{]",
  "{,}",
  '{"a"}',
  '{"a":}',
  '{"a":1,}',
  '{"a":1 "b":2}',
  '{"a" 1}',
  '{"a":1',
  "{a:1}",
  "{'a':1}",
  "{1:1}",
  "'a'",
  "a",
  "True",
  "nul",
  "nullx",
  "undefined",
  "NaN",
  "Infinity",
  "-",
  "+1",
  "01",
  "1.",
  ".5",
  "1e",
  "0x10",
  "1_000",
  "-true",
  '"',
  '"a',
  '"a\nb"',
  '"a\tb"',
  '"\\x41"',
  '"\\u12"',
  '"\\"',
  "1 2",
  "{} {}",
  "// comment\n1",
  "/* comment */ 1",
  "# comment\n1",
  "\u00a01",
  "\v1",
  "\ufeff1",
  "[\ufeff1]",
];

test.each(VALID)("parseJson() reads %j as the built-in parser does", (text) => {
  expect(JSON.stringify(parseJson(text).value)).toBe(JSON.stringify(JSON.parse(text)));
});

test.each(INVALID)("parseJson() refuses %j as the built-in parser does", (text) => {
  expect(() => JSON.parse(text)).toThrow(SyntaxError);
  expect(() => parseJson(text)).toThrow(JsonError);
});

const LINE = "a string that does not end on its line, or contains a tab or an unknown escape";

test.each([
  ["", 0, "expected a value, found the end of the file"],
  ["[1 2]", 3, 'expected "," or "]", found a word without quotation marks'],
  ['{"a":1 "b":2}', 7, 'expected "," or "}", found a string'],
  ['{"a" = 1}', 5, 'expected ":" after a name, found a word without quotation marks'],
  ["{1:1}", 1, 'expected a name in quotation marks or "}", found a word without quotation marks'],
  ['{"a":1, 2:1}', 8, "expected a name in quotation marks, found a word without quotation marks"],
  ['{"a":1, }', 8, 'trailing comma before "}"; remove it'],
  ["[1, ]", 4, 'trailing comma before "]"; remove it'],
  ["[1, 'a']", 4, "expected a value, found a single quotation mark; JSON has double ones only"],
  ["[ // one\n1]", 2, "expected a value, found a comment; JSON has none"],
  ["[1] # all", 4, "expected the end of the file, found a comment; JSON has none"],
  ["[1}", 2, 'expected "," or "]", found "}"'],
  ["[1:2]", 2, 'expected "," or "]", found ":"'],
  ["[}", 1, 'expected a value, found "}"'],
  ["[012]", 1, "expected a value, found a word without quotation marks"],
  ['["a\n"]', 1, LINE],
  ['["a", "\\x"]', 6, LINE],
  ['["a\tb"]', 1, LINE],
  ['["\\"]', 1, LINE],
  ["\ufeff1", 0, "expected a value, found a word without quotation marks"],
])("parseJson() says where and why it gives up on %j", (text, offset, message) => {
  expect(() => parseJson(text)).toThrow(expect.objectContaining({ offset, message }));
});

test("parseJson() reads a string of ten million characters with an escape at its start", () => {
  const rest = "a".repeat(10_000_000);
  const { value } = parseJson(`["\\n${rest}", "\\\\"]`);
  // Not toEqual, which would show both of them.
  expect(JSON.stringify(value) === JSON.stringify([`\n${rest}`, "\\"])).toBe(true);
});

test("parseJson() takes names of the object prototype for members like any other", () => {
  const { value } = parseJson('{"__proto__":{"a":1},"constructor":2}');
  expect(Object.keys(value as object)).toEqual(["__proto__", "constructor"]);
  expect(Object.getPrototypeOf(value)).toBeNull();
});

test("parseJson() reads objects and lists as deep as the limit and no deeper", () => {
  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  const deepest = LIMITS.configDepth + 1;
  expect(JSON.stringify(parseJson(nested(deepest)).value)).toBe(nested(deepest));
  const message = "nested more than 32 levels deep";
  expect(() => parseJson(nested(deepest + 1))).toThrow(expect.objectContaining({ offset: deepest, message }));
  expect(() => parseJson('{"a":'.repeat(100_000))).toThrow(message);
});

const TEXT = '{ "a": { "b": [10, "x", { "c": true }] }, "d": null }';

test.each([
  [[], "{ "],
  [["a"], '{ "b"'],
  [["a", "b"], "[10"],
  [["a", "b", 0], "10"],
  [["a", "b", 1], '"x"'],
  [["a", "b", 2, "c"], "true"],
  [["d"], "null"],
])("offset() is where the value at %j starts", (path, start) => {
  const json = parseJson(TEXT);
  expect(json.offset(path)).toBe(TEXT.indexOf(start));
  expect(json.offset(path, "value")).toBe(TEXT.indexOf(start));
});

test.each([
  [["a"], '"a"'],
  [["a", "b"], '"b"'],
  [["a", "b", 2, "c"], '"c"'],
  [["d"], '"d"'],
  [["a", "b", 2], '{ "c"'],
])("offset() is where the name at %j starts, if it has one", (path, start) => {
  expect(parseJson(TEXT).offset(path, "name")).toBe(TEXT.indexOf(start));
});

test.each([
  [["z"], "{ "],
  [["a", "z", "y"], '{ "b"'],
  [["a", "b", 3], "[10"],
  [["a", "b", 0, "z"], "10"],
  [["d", "z"], "null"],
])("offset() leads as far as %j leads", (path, start) => {
  expect(parseJson(TEXT).offset(path, "name")).toBe(TEXT.indexOf(start));
});

test("duplicates names every member whose name its object has already, and the last one counts", () => {
  const text = '{"a":1,"b":{"a":2,"\\u0061":3},"a":4,"a":5}';
  const json = parseJson(text);
  expect(json.duplicates).toEqual([
    { path: ["b", "a"], offset: text.indexOf('"\\u0061"') },
    { path: ["a"], offset: text.indexOf('"a":4') },
    { path: ["a"], offset: text.indexOf('"a":5') },
  ]);
  expect(JSON.stringify(json.value)).toBe('{"a":5,"b":{"a":3}}');
  expect(json.offset(["a"])).toBe(text.indexOf("5}"));
});

test("duplicates is empty where no object has a name twice", () => {
  expect(parseJson('{"a":{"a":1},"b":[{"a":1},{"a":1}]}').duplicates).toEqual([]);
});
