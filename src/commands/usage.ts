import packageJson from "../../package.json" with { type: "json" };
import type { Command } from "./command.ts";

/** What `--help` shows: the commands, their options and the exit codes. */
export function usage(commands: readonly Command[]): string {
  const row = (left: string, about: string) => `  ${left.padEnd(18)}${about}`;
  const options = commands.flatMap((command) =>
    Object.entries(command.options).map(([name, { value, about }]) => row(`--${name} ${value}`, about)),
  );
  return `${packageJson.name} ${packageJson.version}
Turns unrecognised requests away by token, limits what any request may cost, and serves the rest.

Usage: ${packageJson.name} [COMMAND] [OPTIONS]

Commands:
${commands.map(({ name, about }) => row(name, about)).join("\n")}

Options:
${[...new Set(options)].join("\n")}
${row("-h, --help", "Shows this help.")}
${row("-V, --version", "Shows the version.")}

Exit codes: 0 done; 1 can't listen or write, requests were cut off, or not healthy; 2 bad config.json or arguments.
`;
}
