import { nearest } from "../config/nearest.ts";
import { shownWord } from "../config/shown-text.ts";
import packageJson from "../../package.json" with { type: "json" };
import type { Command, Options, Output } from "./command.ts";
import { check } from "./check.ts";
import { healthcheck } from "./healthcheck.ts";
import { init } from "./init.ts";
import { schema } from "./schema.ts";
import { serve } from "./serve.ts";

/** The commands; the first is run when none is named. */
const COMMANDS: readonly [Command, ...Command[]] = [serve, check, init, schema, healthcheck];

/** Runs what the arguments ask for and gives the exit code. */
export async function runCommand(args: readonly string[], output: Output): Promise<number> {
  if (args.some((arg) => arg === "--help" || arg === "-h")) {
    output.out(usage());
    return 0;
  }
  if (args.some((arg) => arg === "--version" || arg === "-v")) {
    output.out(`${packageJson.name} ${packageJson.version}\n`);
    return 0;
  }
  const [first, ...others] = args;
  const named = first !== undefined && !first.startsWith("-");
  const command = named ? COMMANDS.find(({ name }) => name === first) : COMMANDS[0];
  if (!command)
    return misuse(
      unknown(
        "command",
        String(first),
        COMMANDS.map(({ name }) => name),
      ),
      output,
    );
  const options = readOptions(command, named ? others : args);
  return typeof options === "string" ? misuse(options, output) : await command.run(options, output);
}

/** The options by their names, or what is wrong with the arguments. */
function readOptions(command: Command, args: readonly string[]): Options | string {
  const { options } = command;
  const given: Record<string, string> = {};
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? "";
    const [flag = "", ...afterEquals] = arg.split("=");
    const name = flag.replace(/^--/, "");
    const known = flag.startsWith("--") && Object.hasOwn(options, name) ? options[name] : undefined;
    if (!known) {
      const flags = [...Object.keys(options).map((option) => `--${option}`), "--help", "--version"];
      return arg.startsWith("-")
        ? unknown("option", flag, flags)
        : COMMANDS.some(({ name }) => name === arg)
          ? `the command comes first: token-server ${shownWord(arg)} ...`
          : `${command.name} takes options only; see --help`;
    }
    const value = arg.includes("=") ? afterEquals.join("=") : args[(index += 1)];
    if (!value) return `${flag} needs a value: ${flag} ${known.value}`;
    if (Object.hasOwn(given, name)) return `${flag} is given twice`;
    given[name] = value;
  }
  return given;
}

function unknown(what: string, given: string, known: readonly string[]): string {
  const near = nearest(given, known);
  return `there is no ${what} ${shownWord(given)}; ${near === null ? `there is ${known.join(", ")}` : `did you mean ${near}?`}`;
}

function misuse(text: string, output: Output): number {
  output.err(`${packageJson.name}: ${text}\n`);
  return 2;
}

function usage(): string {
  const commands = COMMANDS.map(({ name, about }) => `  ${name.padEnd(18)}${about}`);
  const options = COMMANDS.flatMap((command) =>
    Object.entries(command.options).map(
      ([name, { value, about }]) => `  ${`--${name} ${value}`.padEnd(18)}${about}`,
    ),
  );
  return `${packageJson.name} ${packageJson.version}
Turns unrecognised requests away by token, limits what any request may cost, and serves the rest.

Usage: ${packageJson.name} [COMMAND] [OPTIONS]

Commands:
${commands.join("\n")}

Options:
${[...new Set(options)].join("\n")}
  ${"-h, --help".padEnd(18)}Shows this help.
  ${"-v, --version".padEnd(18)}Shows the version.

Exit codes: 0 done; 1 can't listen or write, requests were cut off, or not healthy; 2 bad config.json or arguments.
`;
}
