import { expect, test } from "bun:test";
import { integer, oneOf, secret, text } from "../../src/schema/scalars.ts";
import { LIMITS } from "../../src/limits.ts";
import { read, taken } from "../support/read-setting.ts";

const short = text("a short text", (value) => value.length < 5);
const hidden = secret("a secret", /^/, (value) => (value === "bad" ? "is bad" : null));

test("text() takes a text that the test accepts, and shows any other value", () => {
  expect(read(short, "four")).toEqual(taken("four"));
  expect(read(short, "fives").problems).toEqual(['at must be a short text, was "fives"']);
  expect(read(short, 5).problems).toEqual(["at must be a short text, was 5"]);
  expect(read(short, null).problems).toEqual(["at must be a short text, was null"]);
  expect(read(short, ["a"]).problems).toEqual(["at must be a short text, was a list"]);
});

test("text() shows a long value cut and a line feed escaped", () => {
  const { problems } = read(short, `\n${"x".repeat(LIMITS.configExcerpt)}`);
  const shown = `"\\n${"x".repeat(LIMITS.configExcerpt - 1)}..."`;
  expect(problems).toEqual([`at must be a short text, was ${shown}`]);
});

test("secret() takes a text without fault, and shows no other value", () => {
  expect(read(hidden, "good")).toEqual(taken("good"));
  expect(read(hidden, "bad").problems).toEqual(["at must be a secret, was a string that is bad"]);
  expect(read(hidden, 12345).problems).toEqual(["at must be a secret, was a number"]);
  expect(read(hidden, false).problems).toEqual(["at must be a secret, was a boolean"]);
  expect(read(hidden, ["good"]).problems).toEqual(["at must be a secret, was a list"]);
});

test("integer() takes what is from the minimum to the maximum, but no fraction and nothing unsafe", () => {
  const type = integer("a number", 3, Number.MAX_SAFE_INTEGER);
  expect(read(type, 3)).toEqual(taken(3));
  expect(read(type, Number.MAX_SAFE_INTEGER)).toEqual(taken(Number.MAX_SAFE_INTEGER));
  for (const value of [2, 3.5, 2 ** 53, Infinity, -4]) {
    expect(read(type, value).problems).toEqual([`at must be a number, was ${value}`]);
  }
  expect(read(integer("a port", 0, 65535), 65535)).toEqual(taken(65535));
  expect(read(integer("a port", 0, 65535), 65536).problems).toEqual(["at must be a port, was 65536"]);
  expect(read(integer("a port", 0, 65535), "80").problems).toEqual(['at must be a port, was "80"']);
});

test("oneOf() takes its words, and proposes the nearest for another", () => {
  const type = oneOf(["text", "json"]);
  expect(read(type, "json")).toEqual(taken("json"));
  expect(read(type, "JSON").problems).toEqual([
    'at must be one of "text", "json", was "JSON"; did you mean "json"?',
  ]);
  expect(read(type, "yaml").problems).toEqual(['at must be one of "text", "json", was "yaml"']);
  expect(read(type, ["json"]).problems).toEqual(['at must be one of "text", "json", was a list']);
});

test("text() takes the text of a variable or a file, and shows no other", () => {
  expect(read(short, { env: "SHORT" })).toEqual(taken("four"));
  expect(read(short, { env: "LONG" }).problems).toEqual([
    "at must be a short text; what the environment variable LONG holds is not",
  ]);
  expect(read(short, { file: "secrets/long" }).problems).toEqual([
    "at must be a short text; what the file secrets/long holds is not",
  ]);
});

test("secret() says what is wrong with a text from outside without showing it", () => {
  expect(read(hidden, { env: "SHORT" })).toEqual(taken("four"));
  expect(read(hidden, { env: "BAD" }).problems).toEqual([
    "at must be a secret; what the environment variable BAD holds is bad",
  ]);
});

test("oneOf() takes a word from outside, and proposes none for another", () => {
  expect(read(oneOf(["text", "json"]), { env: "WORD" })).toEqual(taken("json"));
  expect(read(oneOf(["text", "jsons"]), { env: "WORD" }).problems).toEqual([
    'at must be one of "text", "jsons"; what the environment variable WORD holds is not',
  ]);
});

test("integer() takes nothing from outside", () => {
  expect(read(integer("a port", 0, 65535), { env: "SHORT" }).problems).toEqual([
    "at must be a port, was an object",
  ]);
});
