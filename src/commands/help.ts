import packageJson from "../../package.json" with { type: "json" };
import { HELP_OPTION, VERSION_OPTION, type CommandOption, type CommandSyntax } from "./command.ts";

/** The help of the program: its commands, the options of the first, which runs when none is named, and exit codes. */
export function programHelp(commands: readonly CommandSyntax[]): string {
  return `${NAME} ${packageJson.version}
Rejects requests without a known token, limits what any request may cost, and serves or forwards the rest.

Usage: ${NAME} [COMMAND] [OPTIONS]

${commandList(commands)}

Options:
${optionRows({ ...commands[0]?.options, ...HELP_OPTION, ...VERSION_OPTION })}

Exit codes: 0 done; 1 can't listen or write, requests were cut off, or not healthy; 2 bad config.json or arguments.
${NAME} COMMAND --help shows the help of a command.
`;
}

/** The help of one command. */
export function commandHelp({ name, about, operands, options, exits }: CommandSyntax): string {
  const flags = Object.entries(options).map(
    (option) => ` [${form(option)}]${option[1].multiple ? "..." : ""}`,
  );
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
  return `Usage: ${NAME} ${group} COMMAND [OPTIONS]\n\n${commandList(commands)}\n`;
}

function commandList(commands: readonly CommandSyntax[]): string {
  return `Commands:\n${commands.map(({ name, about }) => row(name, about)).join("\n")}`;
}

function optionRows(options: CommandSyntax["options"]): string {
  const rows = Object.entries(options).map((option) => {
    const { short, about } = option[1];
    return row(`${short === undefined ? "" : `-${short}, `}${form(option)}`, about);
  });
  return rows.join("\n");
}

/** `--config FILE` */
function form([name, { value }]: [string, CommandOption]): string {
  return `--${name}${value === undefined ? "" : ` ${value}`}`;
}

function row(left: string, about: string): string {
  return `  ${left.padEnd(18)}${about}`;
}

const NAME = packageJson.name;
