import { writeSync } from "node:fs";
import { runCommand } from "./commands/run-command.ts";

/** Arguments in, exit code out. */
process.exit(
  await runCommand(process.argv.slice(2), { out: (text) => print(1, text), err: (text) => print(2, text) }),
);

function print(fd: number, text: string): void {
  try {
    writeSync(fd, text);
  } catch {
    // The reader is gone or its disk is full: there is nobody to tell.
  }
}
