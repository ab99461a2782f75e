import { writeSync } from "node:fs";
import { runCommand } from "./commands/run-command.ts";

/** Arguments in, exit code out. */
process.exit(await main());

async function main(): Promise<number> {
  try {
    const output = { out: (text: string) => print(1, text), err: (text: string) => print(2, text) };
    return await runCommand(process.argv.slice(2), output);
  } catch (fault) {
    // A fault of ours. Left alone it would show our source around it.
    print(2, `token-server: ${fault instanceof Error ? fault.message : "unknown fault"}\n`);
    return 1;
  }
}

function print(fd: number, text: string): void {
  try {
    writeSync(fd, text);
  } catch {
    // The reader is gone or its disk is full: there is nobody to tell.
  }
}
