import { writeSync } from "node:fs";
import { runCommand } from "./commands/run-command.ts";

/** Arguments in, exit code out. */
process.exit(
  await runCommand(process.argv.slice(2), {
    out: (text) => writeSync(1, text),
    err: (text) => writeSync(2, text),
  }),
);
