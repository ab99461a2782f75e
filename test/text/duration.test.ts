import { describe, expect, test } from "bun:test";
import { formatDuration, parseDuration } from "../../src/text/duration.ts";

describe("parseDuration()", () => {
  test.each([
    ["0s", 0],
    ["1s", 1_000],
    ["30m", 1_800_000],
    ["24h", 86_400_000],
    ["90d", 7_776_000_000],
    ["007d", 604_800_000],
    ["36500d", 3_153_600_000_000],
  ])("returns the milliseconds of %s", (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  const none = ["", "90", "d", "1.5h", "-1d", "+1d", " 1d", "1d ", "1 d", "1D", "1w", "1d12h", "1e3s", "٣d"];
  test.each([...none, "36501d", "99999999999s", "1d\n"])("returns null for %j", (text) => {
    expect(parseDuration(text)).toBeNull();
  });
});

describe("formatDuration()", () => {
  test.each([
    [0, "0s"],
    [999, "0s"],
    [59_999, "59s"],
    [60_000, "1m"],
    [3_599_000, "59m"],
    [3_600_000, "1h"],
    [86_399_000, "23h"],
    [1_036_800_001, "12d"],
  ])("shows %p as %s", (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});
