import packageJson from "../../package.json" with { type: "json" };
import { check } from "./check.ts";
import { checkArguments, unknown, UsageError } from "./check-arguments.ts";
import { command, type Command, type Output } from "./command.ts";
import { foreignCode } from "./foreign-code.ts";
import { hash } from "./hash.ts";
import { healthcheck } from "./healthcheck.ts";
import { commandHelp, groupHelp, programHelp } from "./help.ts";
import { init } from "./init.ts";
import { schema } from "./schema.ts";
import { serve } from "./serve.ts";
import { systemServices } from "./token/system-services.ts";
import { tokenCommands } from "./token/token-commands.ts";
import { version } from "./version.ts";

const help = command(
  { name: "help", about: "Shows this help.", operands: "[COMMAND]", options: {} },
  async ({ positionals }, output) => await runCommand([...positionals, "--help"], output),
);

/** At least one command; the first runs when none is named. */
type Commands = readonly [Command, ...Command[]];

const COMMANDS: Commands = [
  ...([serve, check, init, hash] as const),
  ...tokenCommands(systemServices()),
  ...[schema, healthcheck, version, help],
];

/** Runs what the arguments ask for and resolves to the exit code, 2 where the arguments can't be used. */
export async function runCommand(
  args: readonly string[],
  output: Output,
  commands: Commands = COMMANDS,
): Promise<number> {
  try {
    return await run(args, output, commands);
  } catch (fault) {
    if (!(fault instanceof UsageError)) throw fault;
    output.err(`${packageJson.name}: ${fault.message}\n`);
    return 2;
  }
}

async function run(args: readonly string[], output: Output, commands: Commands): Promise<number> {
  const [first = "-", second = "-"] = args;
  const named = !first.startsWith("-");
  const names = commands.map(({ name }) => name);
  const chosen = named
    ? commands.find(({ name }) => name === first || name === `${first} ${second}`)
    : commands[0];
  if (!chosen) {
    const group = commands.filter(({ name }) => name.startsWith(`${first} `));
    if (group.length === 0) throw unknown("command", first, [...new Set(names.map(firstWord))]);
    const grouped = group.map(({ name }) => name);
    const inner = grouped.map((name) => name.slice(first.length + 1));
    if (!second.startsWith("-")) throw unknown("command", second, inner, `${first} `);
    if (second !== "--help" && second !== "-h")
      throw new UsageError(`${first} needs a command: ${grouped.join(", ")}`);
    output.out(groupHelp(first, group));
    return 0;
  }
  const rest = named ? args.slice(chosen.name.split(" ").length) : args;
  switch (checkArguments(chosen, rest, names)) {
    case "help":
      output.out(named ? commandHelp(chosen) : programHelp(commands));
      return 0;
    case "version":
      return await version.run([], output);
    case "run": {
      // A config holds tokens.
      const problem = "config" in chosen.options ? foreignCode(process.env) : null;
      if (problem !== null) throw new UsageError(problem);
      return await chosen.run(rest, output);
    }
  }
}

function firstWord(name: string): string {
  return name.split(" ", 1)[0] ?? name;
}
