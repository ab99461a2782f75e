import { describe, expect, test } from "bun:test";
import { labelProblem } from "../../src/tokens/token-label.ts";

describe("labelProblem()", () => {
  test.each(["x", "CI of the shop, since May", "日本語 😀", "x".repeat(200)])("accepts %j", (text) => {
    expect(labelProblem(text)).toBeNull();
  });

  test.each([
    ["", "is empty"],
    ["x".repeat(201), "has more than 200 characters"],
    ...["a\nb", "\x1b[2J", "\x7f", "\x9b", "a\u2028", "\u202egpj", "\u2066", "\ud800"].map(
      (text) => [text, "contains control characters"] as const,
    ),
  ])("refuses %j", (text, problem) => {
    expect(labelProblem(text)).toBe(problem);
  });
});
