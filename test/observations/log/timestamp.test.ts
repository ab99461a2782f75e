import { expect, test } from "bun:test";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { isUtc, rfc3339, seedTime } from "../../../src/observations/log/timestamp.ts";
import { folderWith } from "../../support/program.ts";

/** A local time. */
function local(hours: number, minutes: number, seconds: number, milliseconds: number): number {
  return new Date(2026, 10, 23, hours, minutes, seconds, milliseconds).getTime();
}

test.each([
  ["2026-11-23 AM 12:00:00.000", local(0, 0, 0, 0)],
  ["2026-11-23 AM 12:59:59.999", local(0, 59, 59, 999)],
  ["2026-11-23 AM 01:02:03.004", local(1, 2, 3, 4)],
  ["2026-11-23 AM 11:59:59.099", local(11, 59, 59, 99)],
  ["2026-11-23 PM 12:00:00.000", local(12, 0, 0, 0)],
  ["2026-11-23 PM 01:02:03.456", local(13, 2, 3, 456)],
  ["2026-11-23 PM 11:10:20.030", local(23, 10, 20, 30)],
  ["2027-01-02 AM 09:00:00.000", new Date(2027, 0, 2, 9).getTime()],
])("seedTime() writes %s, the local time on a clock of 12 hours", (text, time) => {
  expect(seedTime()(time)).toBe(text);
});

test("seedTime() formats each time, repeated ones too", () => {
  const format = seedTime();
  const [one, other] = [local(1, 2, 3, 4), local(1, 2, 3, 5)];
  expect([one, one, other, one].map(format)).toEqual([
    "2026-11-23 AM 01:02:03.004",
    "2026-11-23 AM 01:02:03.004",
    "2026-11-23 AM 01:02:03.005",
    "2026-11-23 AM 01:02:03.004",
  ]);
});

test("seedTime() writes UTC where that is the local time, and loads no time zones", () => {
  expect(seedTime(true)(Date.UTC(2026, 10, 23, 13, 2, 3, 456))).toBe("2026-11-23 PM 01:02:03.456");
});

test.each(["Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "UTC"])(
  "seedTime() knows the time in %s",
  (zone) => {
    const code = `import { seedTime } from "${import.meta.dir}/../../../src/observations/log/timestamp.ts";
    for (const month of [0, 6]) {
      const at = new Date(2026, month, 23, 13, 2, 3, 456);
      console.log(seedTime()(at.getTime()));
    }`;
    const { stdout } = Bun.spawnSync([process.execPath, "-e", code], { env: { ...process.env, TZ: zone } });
    expect(stdout.toString()).toBe("2026-01-23 PM 01:02:03.456\n2026-07-23 PM 01:02:03.456\n");
  },
);

test("isUtc() reads the variable, then the link, and nothing else", () => {
  const folder = folderWith({ file: "" });
  const link = (target: string) => {
    const name = join(folder, target.replaceAll("/", "-"));
    symlinkSync(target, name);
    return name;
  };
  expect(isUtc("UTC")).toBeTrue();
  expect(isUtc("Etc/UTC")).toBeTrue();
  expect(isUtc("Europe/Berlin", link("/usr/share/zoneinfo/Etc/UTC"))).toBeFalse();
  expect(isUtc("")).toBeFalse();
  expect(isUtc(undefined, join(folder, "-usr-share-zoneinfo-Etc-UTC"))).toBeTrue();
  expect(isUtc(undefined, link("/usr/share/zoneinfo/Europe/Berlin"))).toBeFalse();
  expect(isUtc(undefined, join(folder, "file"))).toBeFalse();
  expect(isUtc(undefined, join(folder, "none"))).toBeFalse();
});

test("rfc3339() writes the time in UTC", () => {
  expect(rfc3339()(Date.UTC(2026, 10, 23, 13, 2, 3, 456))).toBe("2026-11-23T13:02:03.456Z");
  expect(rfc3339()(0)).toBe("1970-01-01T00:00:00.000Z");
});

test("rfc3339() formats each time, repeated ones too", () => {
  const format = rfc3339();
  expect([1, 1, 2, 1].map(format)).toEqual([
    "1970-01-01T00:00:00.001Z",
    "1970-01-01T00:00:00.001Z",
    "1970-01-01T00:00:00.002Z",
    "1970-01-01T00:00:00.001Z",
  ]);
});
