import { afterEach, describe, expect, jest, test } from "bun:test";
import {
  appendFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { LIMITS } from "../../src/limits.ts";
import { fileCheck, watchFiles } from "../../src/server/watch-files.ts";
import { SYSTEM_CLOCK } from "../../src/server/server.ts";
import { clockOf } from "../support/clock.ts";
import { folderWith } from "../support/program.ts";

/** A folder, and what looks at files in it report, look by look. Files of before are old to it. */
function looking(folder: string, names: readonly string[], since = Date.now() + 1000, clock = SYSTEM_CLOCK) {
  const reports: string[] = [];
  const look = fileCheck(
    names.map((name) => join(folder, name)),
    since,
    {
      changed: () => void reports.push("changed"),
      missing: (file) => void reports.push(`missing ${file.slice(folder.length + 1)}`),
    },
    clock,
  );
  return {
    at: (name: string) => join(folder, name),
    /** What the next look reports. */
    next: () => (look(), reports.splice(0)),
  };
}

afterEach(() => void jest.useRealTimers());

// Most file systems stamp a file with a time that advances in steps, so each content here has a length of its own.
describe("fileCheck()", () => {
  test("reports a change at the second look, once", () => {
    const { at, next } = looking(folderWith({ one: "1", two: "2" }), ["one", "two"]);
    expect([next(), next()]).toEqual([[], []]);
    writeFileSync(at("two"), "two");
    expect([next(), next(), next(), next()]).toEqual([[], ["changed"], [], []]);
  });

  test("waits until a file has stopped growing, whatever another one does meanwhile", () => {
    const { at, next } = looking(folderWith({ secret: "old", other: "1" }), ["secret", "other"]);
    writeFileSync(at("secret"), "");
    writeFileSync(at("other"), "2");
    expect(next()).toEqual([]);
    for (const part of ["ha", "lf", " of", " it"]) {
      appendFileSync(at("secret"), part);
      expect(next()).toEqual([]);
    }
    expect([next(), next()]).toEqual([["changed"], []]);
  });

  test("waits for a file that is cut short and written again", () => {
    const { at, next } = looking(folderWith({ secret: "a token" }), ["secret"]);
    truncateSync(at("secret"), 0);
    expect(next()).toEqual([]);
    writeFileSync(at("secret"), "another token");
    expect([next(), next()]).toEqual([[], ["changed"]]);
  });

  test("reports a file that is missing for two looks, once each time, and a change when it comes back", () => {
    const { at, next } = looking(folderWith({ secret: "1", other: "1" }), ["other", "secret"]);
    for (let round = 0; round < 2; round += 1) {
      rmSync(at("secret"));
      expect([next(), next(), next(), next()]).toEqual([[], ["missing secret"], [], []]);
      writeFileSync(at("secret"), "1".repeat(2 + round));
      expect([next(), next(), next()]).toEqual([[], ["changed"], []]);
    }
  });

  test("reports no file that is missing for one look", () => {
    const { at, next } = looking(folderWith({ secret: "1" }), ["secret"]);
    rmSync(at("secret"));
    expect(next()).toEqual([]);
    writeFileSync(at("secret"), "22");
    expect([next(), next(), next()]).toEqual([[], ["changed"], []]);
  });

  test("reports a change of a file while another one stays away", () => {
    const { at, next } = looking(folderWith({ secret: "1", config: "1" }), ["config", "secret"]);
    rmSync(at("secret"));
    writeFileSync(at("config"), "22");
    expect([next(), next(), next()]).toEqual([[], ["missing secret", "changed"], []]);
  });

  test("reports no file as missing that was not there, but reports when it comes", () => {
    const folder = folderWith({ config: "1" });
    symlinkSync("loop", join(folder, "loop"));
    const { at, next } = looking(folder, ["loop", "late", "config"]);
    expect([next(), next(), next()]).toEqual([[], [], []]);
    writeFileSync(at("late"), "1");
    expect([next(), next(), next()]).toEqual([[], ["changed"], []]);
    rmSync(at("late"));
    expect([next(), next()]).toEqual([[], ["missing late"]]);
  });

  test("reports a file that is renamed over and one that is swapped through a link two folders up", () => {
    // As a Kubernetes volume has it: config.json -> ..data/config.json, ..data -> one -> two.
    const folder = folderWith({});
    for (const name of ["one", "two"]) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, "config.json"), "1");
    }
    symlinkSync("one", join(folder, "..data"));
    symlinkSync("..data/config.json", join(folder, "config.json"));
    const { at, next } = looking(folder, ["config.json"]);
    writeFileSync(at("new"), "1");
    renameSync(at("new"), at("one/config.json"));
    expect([next(), next(), next()]).toEqual([[], ["changed"], []]);
    symlinkSync("two", at("link"));
    renameSync(at("link"), at("..data"));
    expect([next(), next(), next()]).toEqual([[], ["changed"], []]);
  });

  test("reports what changed since the files were read", () => {
    const { next } = looking(folderWith({ config: "1" }), ["config"], Date.now() - 1000);
    expect([next(), next()]).toEqual([["changed"], []]);
  });

  test("takes a file from the future for one that has not changed", () => {
    const folder = folderWith({ config: "1" });
    const anHourAgo = Date.now() - 3_600_000;
    const { next } = looking(folder, ["config"], anHourAgo, clockOf({ now: () => anHourAgo }));
    expect([next(), next()]).toEqual([[], []]);
  });
});

test("watchFiles() looks at each interval until it is ended", () => {
  const folder = folderWith({ config: "1" });
  let changes = 0;
  const events = { changed: () => void (changes += 1), missing: () => {} };
  jest.useFakeTimers();
  const end = watchFiles([join(folder, "config")], Date.now() + 1000, events, SYSTEM_CLOCK);
  for (const [content, expected] of [
    ["22", 1],
    ["333", 2],
  ] as const) {
    writeFileSync(join(folder, "config"), content);
    jest.advanceTimersByTime(LIMITS.watchInterval);
    expect(changes).toBe(expected - 1);
    jest.advanceTimersByTime(LIMITS.watchInterval);
    expect(changes).toBe(expected);
  }
  end();
  writeFileSync(join(folder, "config"), "4444");
  jest.advanceTimersByTime(10 * LIMITS.watchInterval);
  expect(changes).toBe(2);
});
