import { suggest } from "../text/suggest.ts";
import { quote, quoteWord } from "../text/quote.ts";
import packageJson from "../../package.json" with { type: "json" };
import type { Command, Options, Output } from "./command.ts";
import { check } from "./check.ts";
import { healthcheck } from "./healthcheck.ts";
import { init } from "./init.ts";
import { schema } from "./schema.ts";
import { serve } from "./serve.ts";
import { usage } from "./usage.ts";
import { version } from "./version.ts";

const help: Command = {
  name: "help",
  about: "Shows this help.",
  options: {},
  async run(_options, output) {
    output.out(usage(COMMANDS));
    return 0;
  },
};

/** The commands; the first is run when none is named. */
const COMMANDS: readonly [Command, ...Command[]] = [serve, check, init, schema, healthcheck, version, help];
const NAMES = COMMANDS.map(({ name }) => name);
const HELP_FLAGS = ["--help", "-h"];
const VERSION_FLAGS = ["--version", "-V", "-v"];

/** Runs what the arguments ask for and gives the exit code. */
export async function runCommand(args: readonly string[], output: Output): Promise<number> {
  const [first, ...others] = args;
  const has = (flags: readonly string[]) => args.some((arg) => flags.includes(arg));
  if (first === help.name || has(HELP_FLAGS)) return await help.run({}, output);
  if (has(VERSION_FLAGS)) return await version.run({}, output);
  const named = first !== undefined && !first.startsWith("-");
  const command = named ? COMMANDS.find(({ name }) => name === first) : COMMANDS[0];
  if (!command) return misuse(unknown("command", first ?? "", NAMES), output);
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
        : NAMES.includes(arg)
          ? `the command comes first: token-server ${quoteWord(arg)} ...`
          : `${command.name} takes options only; see --help`;
    }
    const value = arg.includes("=") ? afterEquals.join("=") : args[(index += 1)];
    if (!value) return `${flag} needs a value: ${flag} ${known.value}`;
    if (Object.hasOwn(given, name)) return `${flag} is given twice`;
    given[name] = value;
  }
  return given;
}

/** `unknown command "srve"; did you mean "serve"?` */
function unknown(what: string, given: string, known: readonly string[]): string {
  const near = suggest(given, known);
  const hint = near === null ? `${what}s: ${known.join(", ")}` : `did you mean "${near}"?`;
  return `unknown ${what} ${quote(given)}; ${hint}`;
}

function misuse(text: string, output: Output): number {
  output.err(`${packageJson.name}: ${text}\n`);
  return 2;
}
