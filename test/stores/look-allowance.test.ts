import { expect, test } from "bun:test";
import { lookAllowance } from "../../src/stores/look-allowance.ts";

/** Asks `each` times in every one of some milliseconds, and returns how often the answer was yes. */
function looks(mayLook: () => boolean, clock: { time: number }, milliseconds: number, each: number): number {
  let allowed = 0;
  for (let passed = 0; passed < milliseconds; passed += 1) {
    for (let count = 0; count < each; count += 1) allowed += Number(mayLook());
    clock.time += 1;
  }
  return allowed;
}

test("lookAllowance() allows 1,000 looks in any second of a flood, spread over the second", () => {
  const clock = { time: 5_000 };
  const mayLook = lookAllowance(() => clock.time);
  expect(looks(mayLook, clock, 1_000, 50)).toBeWithin(990, 1_001);
  expect(looks(mayLook, clock, 10, 50)).toBeWithin(8, 12);
  expect(looks(mayLook, clock, 60_000, 50)).toBeLessThanOrEqual(60_000);
});

test("lookAllowance() allows a burst after a pause, however long it was", () => {
  const clock = { time: 0 };
  const mayLook = lookAllowance(() => clock.time);
  expect(looks(mayLook, clock, 1, 50)).toBe(16);
  clock.time += 86_400_000;
  expect(looks(mayLook, clock, 1, 50)).toBe(16);
});
