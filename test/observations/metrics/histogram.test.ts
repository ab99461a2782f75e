import { expect, test } from "bun:test";
import { histogram } from "../../../src/observations/metrics/histogram.ts";

/** Values of `_bucket` by `le`, of `_sum` and of `_count` after counting these. */
function taken(...values: number[]): Record<string, number> {
  const made = histogram([0.1, 1, 10]);
  for (const value of values) made.count(value);
  return Object.fromEntries(
    made.samples({}).map(({ suffix, labels, value }) => [labels?.["le"] ?? suffix, value]),
  );
}

test("histogram() starts with nothing", () => {
  expect(taken()).toEqual({ "0.1": 0, "1": 0, "10": 0, "+Inf": 0, _sum: 0, _count: 0 });
});

test("histogram() counts each value in its bucket and in all above", () => {
  expect(taken(0.5, 5, 5, 50)).toEqual({ "0.1": 0, "1": 1, "10": 3, "+Inf": 4, _sum: 60.5, _count: 4 });
});

test("histogram() counts a value on a bound within it", () => {
  expect(taken(0.1)).toEqual({ "0.1": 1, "1": 1, "10": 1, "+Inf": 1, _sum: 0.1, _count: 1 });
  expect(taken(10)).toEqual({ "0.1": 0, "1": 0, "10": 1, "+Inf": 1, _sum: 10, _count: 1 });
  expect(taken(10.000001)).toEqual({ "0.1": 0, "1": 0, "10": 0, "+Inf": 1, _sum: 10.000001, _count: 1 });
});

test("histogram() counts NaN and negative values as 0", () => {
  expect(taken(NaN, -1)).toEqual({ "0.1": 2, "1": 2, "10": 2, "+Inf": 2, _sum: 0, _count: 2 });
});

test("histogram() adds its labels to every sample, the bound last", () => {
  const samples = histogram([1]).samples({ route: "/a" });
  expect(samples.map(({ labels }) => labels)).toEqual([
    { route: "/a", le: "1" },
    { route: "/a", le: "+Inf" },
    { route: "/a" },
    { route: "/a" },
  ]);
});
