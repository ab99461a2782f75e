import packageJson from "../../package.json" with { type: "json" };
import { builtFrom } from "./built-from.ts" with { type: "macro" };
import { command } from "./command.ts";

/** Shows the version, and the commit it was built from where that is known. */
export const version = command(
  {
    name: "version",
    about: "Shows the version, and the commit it was built from.",
    options: {},
  },
  async (_given, output) => {
    output.out(`${packageJson.name} ${packageJson.version}${COMMIT === null ? "" : ` (${COMMIT})`}\n`);
    return 0;
  },
);

const COMMIT = builtFrom();
