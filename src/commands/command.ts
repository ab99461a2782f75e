import { parseArgs, type ParseArgsOptionDescriptor } from "node:util";

/** Where a command writes: whole lines, line feeds included. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
}

/** An option in the form that `parseArgs` takes, described for the help. */
export interface CommandOption extends ParseArgsOptionDescriptor {
  /** The placeholder of its value, where it takes one. */
  readonly value?: string;
  readonly about: string;
  /** Whether the usage line shows it as one that must be given; the command checks that. */
  readonly required?: boolean;
}

/** What `parseArgs` makes of the arguments of a command. */
export type Arguments<O extends CommandOptions> = ReturnType<
  typeof parseArgs<{ options: O; strict: true; allowPositionals: true }>
>;

type CommandOptions = Readonly<Record<string, CommandOption>>;

/** How the help describes a command and what it takes. */
export interface CommandSyntax {
  /** One word, or several for the command of a group: `token create`. */
  readonly name: string;
  /** One sentence. */
  readonly about: string;
  /** The positional arguments as the usage line shows them; by default it takes none. */
  readonly operands?: string;
  readonly options: CommandOptions;
  /** Its exit codes, where they are more than 0 and 2 for bad arguments. */
  readonly exits?: string;
}

/** A command of the program. */
export interface Command extends CommandSyntax {
  /** Runs with the arguments that follow its name, which match its syntax, and resolves to the exit code. */
  run(args: readonly string[], output: Output): Promise<number>;
}

/** A command that receives its arguments parsed: typed by its options, defaults filled in. */
export function command<const O extends CommandOptions>(
  syntax: CommandSyntax & { readonly options: O },
  run: (given: Arguments<O>, output: Output) => Promise<number>,
): Command {
  const { options } = syntax;
  return {
    ...syntax,
    run: async (args, output) =>
      await run(parseArgs({ args, options, strict: true, allowPositionals: true }), output),
  };
}

/** The option of every command that reads a config. */
export const CONFIG_OPTION = {
  config: {
    type: "string",
    value: "FILE",
    default: "config.json",
    about: "The config file; default ./config.json.",
  },
} as const satisfies CommandOptions;

/** Understood by every command, like VERSION_OPTION. */
export const HELP_OPTION = {
  help: { type: "boolean", short: "h", about: "Shows this help." },
} as const satisfies CommandOptions;
/** Understood by every command; only the help of the program shows it. */
export const VERSION_OPTION = {
  version: { type: "boolean", short: "V", about: "Shows the version." },
} as const satisfies CommandOptions;
