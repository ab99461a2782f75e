import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { referenceResolver } from "../../src/schema/reference-resolver.ts";
import type { Problem } from "../../src/schema/problem.ts";
import { LIMITS } from "../../src/limits.ts";
import { textOf } from "../support/read-setting.ts";
import { folderWith } from "../support/program.ts";
import { asNobody, NOBODY } from "../support/as-nobody.ts";

const folder = folderWith({ gate: "token1\n" });

/** What is read for an object: the text, or the one problem. */
function read(given: object, environment = {}, max?: number): string {
  const problems: string[] = [];
  const report = (problem: Problem) => void problems.push(textOf(problem).replace(/^at /, ""));
  const text = referenceResolver(folder, environment, report).resolve(given, ["at"], "a text", max)?.text;
  expect(problems).toHaveLength(text === undefined ? 1 : 0);
  return text ?? String(problems[0]);
}

/** What is read for a file of these bytes. */
function content(bytes: string | Uint8Array, max?: number): string {
  writeFileSync(join(folder, "content"), bytes);
  return read({ file: "content" }, {}, max);
}

test("referenceResolver() reads a variable as it is", () => {
  expect(read({ env: "A_1" }, { A_1: " a\n" })).toBe(" a\n");
  expect(read({ env: "A" }, { A: "" })).toBe(
    "needs the environment variable A: set but empty; give it a value",
  );
  expect(read({ env: "A" }, { A: undefined })).toBe(
    "needs the environment variable A: not set; set it where the server is started",
  );
});

test("referenceResolver() takes nothing of an object prototype for a variable", () => {
  expect(read({ env: "constructor" })).toStartWith("needs the environment variable constructor: not set");
});

test("referenceResolver() cuts one line feed at the end of a file, and nothing else", () => {
  expect(content("a\n")).toBe("a");
  expect(content("a\r\n")).toBe("a");
  expect(content("\ta\n\n")).toBe("\ta\n");
  expect(content("a\r")).toBe("a\r");
  expect(content("\ufeffa")).toBe("a");
  expect(content("\r\n")).toBe("needs the file content: empty; write the value into it");
});

test("referenceResolver() reads a file of as many bytes as the limit, and no longer one", () => {
  expect(content("a".repeat(LIMITS.secretSize))).toHaveLength(LIMITS.secretSize);
  expect(content("a".repeat(LIMITS.secretSize + 1))).toBe(
    "needs the file content: longer than 65536 bytes, the maximum",
  );
  expect(content("a".repeat(100_000), 100_000)).toHaveLength(100_000);
});

test("referenceResolver() refuses a file that is not UTF-8", () => {
  expect(content(new Uint8Array([0x61, 0xff]))).toBe("needs the file content: not UTF-8; save it as UTF-8");
});

test("referenceResolver() names what keeps it from a file", () => {
  writeFileSync(join(folder, "closed"), "a");
  chmodSync(join(folder, "closed"), 0o000);
  expect(asNobody(folder, () => read({ file: "closed" }))).toBe(
    `needs the file closed: permission denied for user ${NOBODY}; let that user read it, for example with chgrp GROUP FILE && chmod 0640 FILE`,
  );
  expect(read({ file: "gate/gate" })).toBe("needs the file gate/gate: can't be read (ENOTDIR)");
  expect(read({ file: "." })).toBe("needs the file .: a folder; name a file");
  expect(read({ file: "a\n" })).toStartWith(String.raw`needs the file "a\n": no such file`);
});

test("referenceResolver() waits for no pipe and reads no device", () => {
  expect(Bun.spawnSync(["mkfifo", join(folder, "pipe")]).exitCode).toBe(0);
  for (const name of ["pipe", "/dev/zero", "/dev/null"]) {
    expect(read({ file: name })).toBe(`needs the file ${name}: a pipe or a device; name a regular file`);
  }
});

test("referenceResolver() tells what it read, for which setting, and which files it looked for", () => {
  mkdirSync(join(folder, "below"));
  symlinkSync("../gate", join(folder, "below/link"));
  const references = referenceResolver(folder, { A: "a" }, () => {});
  references.resolve({ file: "below/../gate" }, ["one"], "a text");
  references.resolve({ file: "gate" }, ["two"], "a text");
  references.resolve({ file: "below/link" }, ["three", 0], "a text");
  references.resolve({ file: "missing" }, ["four"], "a text");
  references.resolve({ env: "A" }, ["five"], "a text");
  expect([...references.files]).toEqual(["gate", "below/link", "missing"].map((name) => join(folder, name)));
  expect(references.resolved).toEqual([
    { path: ["one"], text: "token1", source: { by: "file", name: "below/../gate" }, mode: 0o600 },
    { path: ["two"], text: "token1", source: { by: "file", name: "gate" }, mode: 0o600 },
    { path: ["three", 0], text: "token1", source: { by: "file", name: "below/link" }, mode: 0o600 },
    { path: ["five"], text: "a", source: { by: "env", name: "A" }, mode: null },
  ]);
});
