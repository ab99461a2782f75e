import { expect, test } from "bun:test";
import { object } from "../../src/schema/composites.ts";
import type { Problem } from "../../src/schema/problem.ts";
import { problemText } from "../../src/schema/problem-text.ts";
import { record } from "../../src/schema/record.ts";
import { secret, text } from "../../src/schema/scalars.ts";
import { required, typeAt } from "../../src/schema/schema.ts";
import { REFERENCE_SCHEMAS } from "../../src/schema/secret-reference.ts";
import { hasSecret, secretsOf } from "../../src/schema/secrets.ts";
import { read, taken } from "../support/read-setting.ts";
import { schemaFaults } from "../support/schema-faults.ts";

const short = text("a short text", /^.{1,4}$/);
const options = {
  expected: "an object of short texts",
  names: /^[a-z_]+$/,
  fault: (name: string, before: readonly string[]) => (before.includes(`${name}x`) ? "is shorter" : null),
  max: 3,
};
const type = record(short, options);
const word = secret("a word", /^[a-z]+$/, (value) => (/^[a-z]+$/.test(value) ? null : "is no word"));
const root = object({ words: required(record(word, { ...options, names: /^/ }), "Words.") });

test("record() takes free names, and values in the file or outside of it", () => {
  expect(read(type, {})).toEqual(taken({}));
  expect(read(type, { a: "b", env: { env: "SHORT" } })).toEqual(taken({ a: "b", env: "four" }));
  const odd = Object.fromEntries([["__proto__", "a"]]);
  expect(Object.entries(read(type, odd).given ?? {})).toEqual([["__proto__", "a"]]);
});

test("record() reports each name and each value that is wrong, and returns what is sound", () => {
  expect(read(type, { A: "b", ax: "c", a: "d", b: "fives" })).toEqual({
    given: undefined,
    problems: ["at has 4 properties; at most 3 are allowed"],
  });
  expect(read(type, { A: "b", ax: "c", a: "d" })).toEqual({
    given: { ax: "c" },
    problems: ["at.A is not a valid name", "at.a is shorter"],
  });
  expect(read(type, { a: "b", b: "fives" })).toEqual({
    given: { a: "b", b: undefined },
    problems: ['at.b must be a short text, was "fives"'],
  });
});

test("record() shows nothing of a value that is no object", () => {
  expect(read(type, "token1").problems).toEqual(["at must be an object of short texts, was a string"]);
  expect(read(type, ["token1"]).problems).toEqual(["at must be an object of short texts, was a list"]);
  expect(read(type, null).problems).toEqual(["at must be an object of short texts, was null"]);
});

test("record() has a JSON Schema that refuses what it refuses", () => {
  const faults = (value: unknown) => schemaFaults({ ...type.schema, $defs: REFERENCE_SCHEMAS }, value);
  expect(faults({ a: "b", c: { env: "D" } })).toEqual([]);
  expect(faults({ A: "b", b: "fives" }).toSorted()).toEqual([".A", ".b"]);
  expect(faults({ a: "1", b: "2", c: "3", d: "4" })).toEqual([""]);
  expect(faults("a")).toEqual([""]);
});

test("typeAt() finds the type of the values of a record", () => {
  expect(typeAt(root, ["words", "any"])).toBe(word);
});

test("secretsOf() knows the values of a record of secrets, and a name that may be one", () => {
  const swapped = "sk-0123456789abcdefghij";
  const { describe } = secretsOf(root, { words: { authorization: "s3cret", [swapped]: "X-Api-Key" } }, []);
  expect([describe("s3cret"), describe("authorization"), describe(swapped)]).toEqual([TOKEN, null, TOKEN]);
  expect(secretsOf(root, { words: "s3cret" }, []).describe("s3cret")).toBe(TOKEN);
  expect(secretsOf(root, { words: ["a: s3cret"] }, []).describe("a: s3cret")).toBe(TOKEN);
  const source = { by: "env", name: "A" } as const;
  const resolved = [{ path: ["words", "any"], source, text: "s3cret", mode: null }];
  expect(secretsOf(root, {}, resolved).describe("s3cret")).toBe(TOKEN);
});

test("hasSecret() finds secrets in the file, and takes no reference for one", () => {
  expect(hasSecret(root, { words: { a: "s3cret" } })).toBe(true);
  expect(hasSecret(root, { words: { a: { env: "A" }, b: { file: "b" } } })).toBe(false);
});

test("problemText() names a property of a record unless its name may be a secret", () => {
  const swapped = "sk-0123456789abcdefghij";
  const value = { words: { [swapped]: "X-Api-Key", authorization: "Two words", w: "words" } };
  const problems: Problem[] = [];
  const report = (problem: Problem) => void problems.push(problem);
  root.read(value, [], { report, resolve: () => undefined });
  const secrets = secretsOf(root, value, []);
  expect(problems.map((problem) => problemText(problem, secrets, root))).toEqual([
    "words.*** must be a word, was a string that is no word",
    "words.authorization must be a word, was a string that is no word",
  ]);
});

const TOKEN = "a string that contains a secret";
