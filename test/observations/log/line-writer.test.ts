import { afterEach, beforeEach, expect, test } from "bun:test";
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LIMITS } from "../../../src/limits.ts";
import { lineWriter, type LineWriter } from "../../../src/observations/log/line-writer.ts";

/** Far longer than a write takes: only a writer that hangs reaches it. */
const PATIENCE = 4_000;
/** A whole batch, and more than a pipe holds: it is written at once and blocks if nobody reads. */
const BATCH = `${"b".repeat(4 * LIMITS.logBatch)}\n`;

let folder: string;
let path: string;
let open: Set<number>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "line-writer-"));
  path = join(folder, "out");
  open = new Set();
});

afterEach(() => {
  for (const fd of open) closeSync(fd);
  rmSync(folder, { recursive: true });
});

function opened(flags: string | number): number {
  const fd = openSync(path, flags);
  open.add(fd);
  return fd;
}

function close(fd: number): void {
  open.delete(fd);
  closeSync(fd);
}

/** A pipe with a reader that never reads. */
function silentPipe(flags = 0): { reader: number; writer: number } {
  expect(Bun.spawnSync(["mkfifo", path]).exitCode).toBe(0);
  const reader = opened(constants.O_RDONLY | constants.O_NONBLOCK);
  return { reader, writer: opened(constants.O_WRONLY | flags) };
}

/** The output of a command that reads the pipe, once it has ended. */
async function readPipe(...command: string[]): Promise<string> {
  const fd = opened("r");
  const reader = Bun.spawn(command, { stdin: fd });
  close(fd);
  const text = await new Response(reader.stdout).text();
  await reader.exited;
  return text;
}

function writerTo(fd: number): LineWriter {
  return lineWriter(fd, (dropped) => `dropped ${dropped}\n`);
}

test("write() writes lines in order, without being closed", async () => {
  const pipe = silentPipe();
  const read = readPipe("head", "-n", "3");
  const writer = writerTo(pipe.writer);
  writer.write("one\n");
  writer.write("two, zwölf 😀\n");
  writer.write("three\n");
  expect(await read).toBe("one\ntwo, zwölf 😀\nthree\n");
  expect(writer.dropped).toBe(0);
});

test("write() keeps every line and the order over many batches", async () => {
  const fd = opened("w");
  const writer = writerTo(fd);
  const lines = Array.from({ length: 20_000 }, (_, index) => `${index} ${"x".repeat(index % 100)}\n`);
  for (const [index, line] of lines.entries()) {
    writer.write(line);
    if (index === 10_000) await writer.close(PATIENCE);
  }
  await writer.close(PATIENCE);
  expect(lines.join("").length).toBeGreaterThan(4 * LIMITS.logBatch);
  expect(readFileSync(path, "utf-8")).toBe(lines.join(""));
  expect(writer.dropped).toBe(0);
});

test("write() keeps as much as the backlog while the reader is blocked, counts the rest, and reports it", async () => {
  const pipe = silentPipe();
  const writer = writerTo(pipe.writer);
  writer.write(BATCH);
  const line = `${"x".repeat(1023)}\n`;
  const fits = LIMITS.logBacklog / line.length;
  for (let index = 0; index < fits; index += 1) writer.write(line);
  expect(writer.dropped).toBe(0);
  for (let index = 0; index < 2 * fits; index += 1) writer.write(line);
  expect(writer.dropped).toBe(2 * fits);
  await writer.close(0);
  writer.write("also dropped\n");
  expect(writer.dropped).toBe(2 * fits + 1);

  const read = readPipe("cat");
  await writer.close(PATIENCE);
  writer.write("works again\n");
  await writer.close(PATIENCE);
  close(pipe.writer);
  expect(await read).toBe(`${BATCH}dropped ${2 * fits + 1}\n${line.repeat(fits)}works again\n`);
  expect(writer.dropped).toBe(2 * fits + 1);
});

test("write() drops a line that is longer than the whole backlog", async () => {
  const fd = opened("w");
  const writer = writerTo(fd);
  writer.write(`${"x".repeat(LIMITS.logBacklog)}\n`);
  expect(writer.dropped).toBe(1);
  writer.write("short\n");
  await writer.close(PATIENCE);
  expect(readFileSync(path, "utf-8")).toBe("dropped 1\nshort\n");
});

test("write() counts every line of a text that does not fit", async () => {
  const fd = opened("w");
  const writer = writerTo(fd);
  writer.write(`one\ntwo\n${"x".repeat(LIMITS.logBacklog)}\n`);
  expect(writer.dropped).toBe(3);
  writer.write("short\n");
  await writer.close(PATIENCE);
  expect(readFileSync(path, "utf-8")).toBe("dropped 3\nshort\n");
});

test("write() counts what a closed pipe refuses, and reports it once there is a reader again", async () => {
  const pipe = silentPipe();
  const writer = writerTo(pipe.writer);
  close(pipe.reader);
  writer.write("one\n");
  writer.write("two\n");
  await writer.close(PATIENCE);
  expect(writer.dropped).toBe(2);
  writer.write("three\n");
  await writer.close(PATIENCE);
  expect(writer.dropped).toBe(3);

  const read = readPipe("cat");
  writer.write("four\n");
  await writer.close(PATIENCE);
  writer.write("five\n");
  await writer.close(PATIENCE);
  close(pipe.writer);
  expect(await read).toBe("dropped 3\nfour\nfive\n");
  expect(writer.dropped).toBe(3);
});

test("write() counts the lines being written and the lines waiting when the reader closes", async () => {
  const pipe = silentPipe();
  const writer = writerTo(pipe.writer);
  writer.write(BATCH);
  writer.write("one\n");
  writer.write("two\n");
  await writer.close(0);
  expect(writer.dropped).toBe(0);
  close(pipe.reader);
  await writer.close(PATIENCE);
  expect(writer.dropped).toBe(3);
});

test("write() counts what a full device refuses", async () => {
  path = "/dev/full";
  const writer = writerTo(opened("w"));
  writer.write("one\n");
  writer.write("two\n");
  await writer.close(PATIENCE);
  expect(writer.dropped).toBe(2);
});

test("write() waits for room in a pipe that does not block, and drops nothing", async () => {
  const pipe = silentPipe(constants.O_NONBLOCK);
  const writer = writerTo(pipe.writer);
  writer.write(BATCH);
  writer.write("one\n");
  await writer.close(0);
  const read = readPipe("cat");
  await writer.close(PATIENCE);
  close(pipe.writer);
  expect(await read).toBe(`${BATCH}one\n`);
  expect(writer.dropped).toBe(0);
});

test("close() writes what came during a write", async () => {
  const writer = writerTo(opened("w"));
  writer.write(BATCH);
  writer.write("one\n");
  await writer.close(PATIENCE);
  expect(readFileSync(path, "utf-8")).toBe(`${BATCH}one\n`);
});

test("close() waits for nothing if nothing was written", async () => {
  const writer = writerTo(opened("w"));
  await writer.close(PATIENCE);
  expect(readFileSync(path, "utf-8")).toBe("");
  expect(writer.dropped).toBe(0);
});

test("close() reports dropped lines even if nothing else waits", async () => {
  const writer = writerTo(opened("w"));
  writer.write(`${"x".repeat(LIMITS.logBacklog)}\n`);
  await writer.close(PATIENCE);
  expect(readFileSync(path, "utf-8")).toBe("dropped 1\n");
  await writer.close(PATIENCE);
  expect(readFileSync(path, "utf-8")).toBe("dropped 1\n");
});

test("close() keeps no process alive once all is written, however long its deadline", async () => {
  const script = `
    import { lineWriter } from ${JSON.stringify(join(import.meta.dir, "../../../src/observations/log/line-writer.ts"))};
    const writer = lineWriter(1, () => "");
    writer.write("one\\n");
    await writer.close(${24 * 60 * 60 * 1000});
  `;
  // A timer that is left makes this test run into its own time limit, which ends the process.
  const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "inherit" });
  expect(await child.exited).toBe(0);
  expect(await child.stdout.text()).toBe("one\n");
});
