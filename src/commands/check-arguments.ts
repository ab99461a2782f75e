import { parseArgs } from "node:util";
import { quote, quoteWord } from "../text/quote.ts";
import { suggest } from "../text/suggest.ts";
import { HELP_OPTION, VERSION_OPTION, type CommandOption, type CommandSyntax } from "./command.ts";

/** Arguments that can't be used. The message is one line for the user. */
export class UsageError extends Error {}

/**
 * Checks the arguments of a command against its syntax and returns what they ask for: help and the version come first.
 * Throws a UsageError: the messages of `parseArgs` quote arguments as they are, control characters included (Bun 1.4.5).
 */
export function checkArguments(
  { name, operands, options: own }: CommandSyntax,
  args: readonly string[],
  commands: readonly string[],
): "run" | "help" | "version" {
  const options: Record<string, CommandOption> = { ...own, ...HELP_OPTION, ...VERSION_OPTION };
  const { tokens } = parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true });
  // `--config --help` asks for help as well; `--config=--help` names a file.
  const flags = tokens.flatMap((token) =>
    token.kind !== "option" || token.inlineValue ? [] : [token.rawName, token.value],
  );
  if (["--help", "-h"].some((flag) => flags.includes(flag))) return "help";
  if (["--version", "-V", "-v"].some((flag) => flags.includes(flag))) return "version";
  const known = Object.keys(options).map((option) => `--${option}`);
  const given = new Set<string>();
  for (const token of tokens) {
    if (token.kind === "positional" && operands === undefined) {
      if (!commands.includes(token.value)) throw new UsageError(`${name} takes options only; see --help`);
      throw new UsageError(`the command comes first: token-server ${quoteWord(token.value)} ...`);
    }
    if (token.kind !== "option") continue;
    const { rawName } = token;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (!option) throw unknown("option", rawName, known);
    const { value, inlineValue } = token;
    if (option.type === "boolean" && value !== undefined) throw new UsageError(`${rawName} takes no value`);
    // What looks like another option is one, unless it follows an equals sign.
    const isOption = value !== "-" && value?.startsWith("-") && !inlineValue;
    if (option.type === "string" && (!value || isOption)) {
      throw new UsageError(`${rawName} needs a value: ${rawName} ${option.value}`);
    }
    if (given.has(token.name) && !option.multiple) throw new UsageError(`${rawName} is given twice`);
    given.add(token.name);
  }
  return "run";
}

/**
 * `unknown command "srve"; did you mean "serve"?` A word that is not near a known one is not shown, because it may be a
 * token; a single letter can't be. `group` comes before each of the words.
 */
export function unknown(
  what: "command" | "option",
  given: string,
  known: readonly string[],
  group = "",
): UsageError {
  const near = suggest(given, known);
  const shown = near !== null || /^-.$/.test(given) ? ` ${quote(group + given)}` : "";
  const all = known.map((word) => group + word).join(", ");
  const hint = near === null ? `${what}s: ${all}` : `did you mean "${group}${near}"?`;
  return new UsageError(`unknown ${what}${shown}; ${hint}`);
}
