import { expect, test } from "bun:test";
import { count, series } from "../../../src/observations/metrics/series.ts";

/** A series for each of the first two texts. */
const two = () => series<string, { amount: number }>(count, (_, size) => size < 2);

test("series() keeps apart what is admitted", () => {
  const made = two();
  made.of("a").amount += 1;
  made.of("b").amount += 2;
  made.of("a").amount += 3;
  expect(made.entries()).toEqual([
    ["a", { amount: 4 }],
    ["b", { amount: 2 }],
  ]);
});

test("series() counts all others as one, the admitted ones still apart", () => {
  const made = two();
  for (const value of ["a", "b", "c", "d", "b", "c"]) made.of(value).amount += 1;
  expect(made.entries()).toEqual([
    ["a", { amount: 1 }],
    ["b", { amount: 2 }],
    ["other", { amount: 3 }],
  ]);
});

test("series() has one series for a value that is called as the shared one", () => {
  const made = two();
  for (const value of ["other", "a", "b", "other"]) made.of(value).amount += 1;
  expect(made.entries()).toEqual([
    ["other", { amount: 3 }],
    ["a", { amount: 1 }],
  ]);
});
