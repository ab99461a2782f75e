import { rmSync } from "node:fs";
import { noted } from "./program.ts";

/** A program other than ours that runs. It is killed when it is disposed of. */
export interface OtherProgram extends AsyncDisposable {
  readonly pid: number;
  /** What the first line that reports it ready matched, such as its port. */
  readonly ready: readonly string[];
  /** Rejects with what it wrote, should it end by itself. */
  readonly ended: Promise<never>;
}

/**
 * Starts a program and waits until what it writes, to standard output or error, matches `ready`. Fails with all that it
 * wrote where it ends before.
 */
export async function startOther(
  command: readonly string[],
  ready: RegExp,
  env: Readonly<Record<string, string>> = {},
): Promise<OtherProgram> {
  const child = Bun.spawn([...command], {
    env: { ...process.env, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const note = noted(child);
  const { promise: matched, resolve } = Promise.withResolvers<readonly string[]>();
  let written = "";
  const read = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      written += decoder.decode(chunk, { stream: true });
      const match = ready.exec(written);
      if (match !== null) resolve(match);
    }
  };
  const reading = Promise.all([read(child.stdout), read(child.stderr)]);
  const ended = reading.then(async () => {
    throw new Error(`${command[0]} ended with ${await child.exited}: ${written}`);
  });
  ended.catch(() => {});
  return {
    pid: child.pid,
    ready: await Promise.race([matched, ended]),
    ended,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
      rmSync(note, { force: true });
    },
  };
}
