import { expect, test } from "bun:test";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { watchFiles } from "../src/file-watch.ts";
import { folderWith } from "./executable/program.ts";

test("watchFiles() sees a file written, renamed over and swapped through a link, and nothing where it is gone", async () => {
  // As a Kubernetes volume has it: config.json -> ..data/config.json, ..data -> one -> two.
  const folder = folderWith({});
  const at = (name: string) => join(folder, name);
  for (const [name, content] of [
    ["one", "1"],
    ["two", "1"],
  ] as const) {
    mkdirSync(at(name));
    writeFileSync(join(at(name), "config.json"), content);
  }
  symlinkSync("one", at("..data"));
  symlinkSync("..data/config.json", at("config.json"));
  let seen = 0;
  let next = Promise.withResolvers<void>();
  const end = watchFiles([at("other"), at("config.json")], Date.now() + 1000, () => {
    seen += 1;
    next.resolve();
    next = Promise.withResolvers<void>();
  });
  const changes = [
    () => writeFileSync(at("one/config.json"), "2"),
    () => {
      writeFileSync(at("new"), "2");
      renameSync(at("new"), at("one/config.json"));
    },
    () => {
      symlinkSync("two", at("link"));
      renameSync(at("link"), at("..data"));
    },
    () => {
      rmSync(at("two/config.json"));
      setTimeout(() => writeFileSync(at("two/config.json"), "3"), 1500);
    },
  ];
  for (const [index, change] of changes.entries()) {
    const { promise } = next;
    change();
    await promise;
    expect(seen).toBe(index + 1);
  }
  end();
}, 20_000);

test("watchFiles() takes a file from the future for one that has not changed", async () => {
  const folder = folderWith({ "config.json": "1" });
  // To a watch that reads this clock, a file of now is one from the future.
  const now = Date.now;
  let changes = 0;
  Date.now = () => now() - 3_600_000;
  const end = watchFiles([join(folder, "config.json")], Date.now(), () => void (changes += 1));
  Date.now = now;
  const sentinel = Promise.withResolvers<void>();
  const endSentinel = watchFiles([join(folder, "config.json")], 0, sentinel.resolve);
  await sentinel.promise;
  end();
  endSentinel();
  expect(changes).toBe(0);
});

test("watchFiles() tells of what changed since the files were read, and not of a link that leads nowhere", async () => {
  const folder = folderWith({ "config.json": "1" });
  symlinkSync("loop", join(folder, "loop"));
  const files = [join(folder, "loop"), join(folder, "config.json")];
  const changed = Promise.withResolvers<void>();
  const end = watchFiles(files, Date.now() - 1000, changed.resolve);
  await changed.promise;
  end();
});
