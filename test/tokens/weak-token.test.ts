import { expect, test } from "bun:test";
import { mintToken } from "../../src/tokens/minted-token.ts";
import { tokenWeakness } from "../../src/tokens/weak-token.ts";

test.each(["token1", "token2"])("tokenWeakness() recognises the example %s", (token) => {
  expect(tokenWeakness(token)).toBe("example");
});

test.each([
  ["a word", "swordfish"],
  ["another number than the example's", "token3"],
  ["15 random characters", "q7-Zp_0xWv9KmT4"],
  ["19 digits", "7304958216034958172"],
  ["15 hex digits", "0f1e2d3c4b5a697"],
  ["one character many times", "a".repeat(64)],
  ["five characters many times", "abcde".repeat(20)],
  ["digits that count up", "01234567890123456789"],
  ["digits that count down", "98765432109876543210"],
  ["16 digits that count, within others", "x-8123456789012345678-key"],
])("tokenWeakness() finds that %s can be guessed", (_, token) => {
  expect(tokenWeakness(token)).toBe("guessable");
});

test.each([
  ["16 random characters", "q7-Zp_0xWv9KmT4b"],
  ["20 digits", "73049582160349581726"],
  ["16 hex digits, which are 64 bits", "0f1e2d3c4b5a6978"],
  ["a UUID", "0b6f0c1c-1d5c-4c55-9d0e-54b4f0d9a6a1"],
  ["15 digits that count, and others", "q012345678901234-7"],
  ["a phrase in one word", "correcthorsebatterystaple"],
  ["six characters many times", "abcdef".repeat(20)],
])("tokenWeakness() finds nothing wrong with %s", (_, token) => {
  expect(tokenWeakness(token)).toBeNull();
});

test("tokenWeakness() finds nothing wrong with a minted token", () => {
  for (let count = 0; count < 1000; count += 1) expect(tokenWeakness(mintToken())).toBeNull();
});
