import packageJson from "../../package.json" with { type: "json" };
import { HELP_OPTION, VERSION_OPTION, type CommandOption, type CommandSyntax } from "./command.ts";

/** The help of the program: its commands, a group in one line, the options of the first, which runs when none is named, and exit codes. */
export function programHelp(commands: readonly CommandSyntax[]): string {
  return `${NAME} ${packageJson.version}
Rejects requests without a known token, limits what any request may cost, and serves or forwards the rest.

Usage: ${NAME} [COMMAND] [OPTIONS]

Commands:
${rows(groupedCommands(commands))}

Options:
${optionRows({ ...commands[0]?.options, ...HELP_OPTION, ...VERSION_OPTION })}

Exit codes: 0 done; 1 can't listen or write, requests were cut off, or not healthy; 2 bad config.json or
arguments; 3 no such token.
${NAME} COMMAND --help shows the help of a command.
`;
}

/** The help of one command. */
export function commandHelp({ name, about, operands, options, exits }: CommandSyntax): string {
  const flags = Object.entries(options).map((option) => {
    const { required, multiple } = option[1];
    return ` ${required ? form(option) : `[${form(option)}]`}${multiple ? "..." : ""}`;
  });
  const usage = `${NAME} ${name}${flags.join("")}${operands === undefined ? "" : ` ${operands}`}`;
  return `Usage: ${usage}

${about}

Options:
${optionRows({ ...options, ...HELP_OPTION })}

Exit codes: ${exits ?? "0 done; 2 bad arguments"}.
`;
}

/** The help of a group of commands, which share the first word of their names. */
export function groupHelp(group: string, commands: readonly CommandSyntax[]): string {
  const list = rows(commands.map(({ name, about }) => [name, about]));
  return `Usage: ${NAME} ${group} COMMAND [OPTIONS]

Commands:
${list}

${NAME} ${group} COMMAND --help shows the help of a command.
`;
}

/** Each command and what it does; the commands of a group by their names only. */
function groupedCommands(commands: readonly CommandSyntax[]): [string, string][] {
  const grouped = new Map<string, string>();
  for (const { name, about } of commands) {
    const [group = "", inner] = name.split(" ");
    const before = grouped.get(`${group} COMMAND`);
    if (inner === undefined) grouped.set(name, about);
    else grouped.set(`${group} COMMAND`, before === undefined ? inner : `${before}, ${inner}`);
  }
  return [...grouped];
}

function optionRows(options: CommandSyntax["options"]): string {
  return rows(
    Object.entries(options).map((option) => {
      const { short, about } = option[1];
      return [`${short === undefined ? "" : `-${short}, `}${form(option)}`, about];
    }),
  );
}

/** `--config FILE` */
function form([name, { value }]: [string, CommandOption]): string {
  return `--${name}${value === undefined ? "" : ` ${value}`}`;
}

/** Lines of two columns. */
function rows(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(16, ...pairs.map(([left]) => left.length)) + 2;
  return pairs.map(([left, right]) => `  ${left.padEnd(width)}${right}`).join("\n");
}

const NAME = packageJson.name;
