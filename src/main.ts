import { writeSync } from "node:fs";
import { runCommand } from "./commands/run-command.ts";

process.exit(await main());

async function main(): Promise<number> {
  let written = true;
  const print = (fd: number, text: string) => {
    written = write(fd, text) && written;
  };
  try {
    const output = { out: (text: string) => print(1, text), err: (text: string) => print(2, text) };
    const code = await runCommand(process.argv.slice(2), output);
    return written ? code : code || 1;
  } catch (fault) {
    // Uncaught, the runtime would print it with source code.
    print(2, `token-server: ${fault instanceof Error ? fault.message : "unknown fault"}\n`);
    return 1;
  }
}

/** Writes all of a text and returns whether that worked. To a closed pipe it counts as written, because nobody reads it. */
function write(fd: number, text: string): boolean {
  let rest = Buffer.from(text);
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(fd, rest));
    return true;
  } catch (fault) {
    return (fault as NodeJS.ErrnoException).code === "EPIPE";
  }
}
