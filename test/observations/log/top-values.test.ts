import { expect, test } from "bun:test";
import { topValues } from "../../../src/observations/log/top-values.ts";

test("topValues() counts exactly while there is room", () => {
  const values = topValues(3);
  for (const value of ["a", "b", "a", "c", "a", "b"]) values.add(value);
  expect(values.top(2)).toEqual([
    { value: "a", count: 3 },
    { value: "b", count: 2 },
  ]);
  expect(values.top(5)).toHaveLength(3);
});

test("topValues() finds the most frequent value among any number of others", () => {
  const values = topValues(4);
  for (let index = 0; index < 10_000; index += 1) values.add(index % 3 === 0 ? "often" : `once ${index}`);
  const [first, ...others] = values.top(10);
  expect(first?.value).toBe("often");
  // It came 3,334 times, and each of at most 2,000 rounds took one of each value away.
  expect(first?.count).toBeGreaterThanOrEqual(3334 - 2000);
  expect(first?.count).toBeLessThanOrEqual(3334);
  expect(others.length).toBeLessThanOrEqual(3);
});
