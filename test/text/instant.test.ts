import { describe, expect, test } from "bun:test";
import { formatInstant, parseInstant } from "../../src/text/instant.ts";

describe("parseInstant()", () => {
  test.each([
    ["2027-01-31T12:00:00Z", "2027-01-31T12:00:00.000Z"],
    ["2027-01-31t12:00:00z", "2027-01-31T12:00:00.000Z"],
    ["2027-01-31T12:00:00.5Z", "2027-01-31T12:00:00.500Z"],
    ["2027-01-31T12:00:00.0429999Z", "2027-01-31T12:00:00.042Z"],
    ["2027-01-31T12:00:00+02:30", "2027-01-31T09:30:00.000Z"],
    ["2027-01-31T23:00:00-02:00", "2027-02-01T01:00:00.000Z"],
    ["2027-01-31T12:00:00-00:00", "2027-01-31T12:00:00.000Z"],
    ["2028-02-29T00:00:00Z", "2028-02-29T00:00:00.000Z"],
    ["2000-02-29T00:00:00Z", "2000-02-29T00:00:00.000Z"],
    ["0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"],
    ["0099-12-31T23:59:59Z", "0099-12-31T23:59:59.000Z"],
    ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"],
  ])("returns the time of %s", (text, iso) => {
    expect(new Date(parseInstant(text) ?? NaN).toISOString()).toBe(iso);
  });

  const noDates = [
    "2031-02-30",
    "2031-02-29",
    "2100-02-29",
    "2031-04-31",
    "2031-13-01",
    "2031-00-10",
    "2031-01-00",
  ];
  const noTimes = ["24:00:00Z", "12:60:00Z", "12:00:60Z", "12:00:00+24:00", "12:00:00+01:60"];
  const otherForms = ["12:00:00", "12:00Z", "12:00:00.Z", "12:00:00+0100", "12:00:00 Z", "12:00:00Z\n"];
  test.each([
    ...noDates.map((date) => `${date}T00:00:00Z`),
    ...[...noTimes, ...otherForms].map((time) => `2031-01-01T${time}`),
    ...["", "2031-01-01", "2031-01-01 12:00:00Z", "31-01-01T12:00:00Z", "+002031-01-01T12:00:00Z"],
    ...["0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"],
  ])("returns null for %j", (text) => {
    expect(parseInstant(text)).toBeNull();
  });
});

describe("formatInstant()", () => {
  test("cuts a time to a second, and parseInstant() reads it", () => {
    const time = Date.parse("2027-01-31T12:00:00.999Z");
    expect(formatInstant(time)).toBe("2027-01-31T12:00:00Z");
    expect(parseInstant(formatInstant(time))).toBe(time - 999);
  });
});
