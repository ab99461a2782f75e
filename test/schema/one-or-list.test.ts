import { expect, test } from "bun:test";
import { oneOrList } from "../../src/schema/one-or-list.ts";
import { text } from "../../src/schema/scalars.ts";
import { REFERENCE_SCHEMAS } from "../../src/schema/secret-reference.ts";
import { schemaFaults } from "../support/schema-faults.ts";
import { read, taken } from "../support/read-setting.ts";

const faults = (value: unknown) => schemaFaults({ ...words.schema, $defs: REFERENCE_SCHEMAS }, value);
const words = oneOrList(text("a word", /^\w+$/), "words");

test("oneOrList() reads one value and a list of them as a list", () => {
  expect(read(words, "a")).toEqual(taken(["a"]));
  expect(read(words, ["a", "b"])).toEqual(taken(["a", "b"]));
  expect(read(words, [])).toEqual(taken([]));
});

test("oneOrList() reports one value at its own place, and those of a list at theirs", () => {
  expect(read(words, "a b")).toEqual({ given: [undefined], problems: ['at must be a word, was "a b"'] });
  expect(read(words, ["a", "b c", 7])).toEqual({
    given: ["a", undefined, undefined],
    problems: ['at[1] must be a word, was "b c"', "at[2] must be a word, was 7"],
  });
  expect(read(words, null).problems).toEqual(["at must be a word, was null"]);
});

test("oneOrList() has a text and a JSON Schema that accept what it accepts", () => {
  expect(words.expected).toBe("a word, or a list of words");
  for (const value of ["a", ["a", "b"], []]) expect(faults(value)).toEqual([]);
  for (const value of ["a b", ["a", "b c"], 7, null]) expect(faults(value)).not.toEqual([]);
});
