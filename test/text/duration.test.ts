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
    [499, "0s"],
    [999, "1s"],
    [119_000, "119s"],
    [119_999, "2m"],
    [90 * 60_000, "90m"],
    [7_200_000, "2h"],
    [36 * 3_600_000, "36h"],
    [864_000_000 - 300, "10d"],
    [864_000_000 - 13 * 3_600_000, "9d"],
  ])("shows %p as %s", (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});
