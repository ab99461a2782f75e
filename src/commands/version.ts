import packageJson from "../../package.json" with { type: "json" };
import { builtFrom } from "./built-from.ts" with { type: "macro" };
import type { Command } from "./command.ts";

/** Shows the version, and the commit that it was built from where one is known. */
export const version: Command = {
  name: "version",
  about: "Shows the version, and the commit it was built from.",
  options: {},
  async run(_options, output) {
    output.out(`${packageJson.name} ${packageJson.version}${COMMIT === null ? "" : ` (${COMMIT})`}\n`);
    return 0;
  },
};

const COMMIT = builtFrom();
