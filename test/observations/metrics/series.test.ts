import { expect, test } from "bun:test";
import { count, series } from "../../../src/observations/metrics/series.ts";

/** A series for each of the first two values. */
const two = () => series<string, { value: number }>(count, (_, size) => size < 2);

test("series() keeps a series for each admitted value", () => {
  const made = two();
  made.of("a").value += 1;
  made.of("b").value += 2;
  made.of("a").value += 3;
  expect(made.entries()).toEqual([
    ["a", { value: 4 }],
    ["b", { value: 2 }],
  ]);
});

test("series() counts all others as one, and still keeps the admitted ones", () => {
  const made = two();
  for (const value of ["a", "b", "c", "d", "b", "c"]) made.of(value).value += 1;
  expect(made.entries()).toEqual([
    ["a", { value: 1 }],
    ["b", { value: 2 }],
    ["other", { value: 3 }],
  ]);
});

test("series() has one series for a value with the name of the shared one", () => {
  const made = two();
  for (const value of ["other", "a", "b", "other"]) made.of(value).value += 1;
  expect(made.entries()).toEqual([
    ["other", { value: 3 }],
    ["a", { value: 1 }],
  ]);
});
