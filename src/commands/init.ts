import { writeFileSync } from "node:fs";
import { shownWord } from "../config/shown-text.ts";
import { mintToken } from "../tokens/token.ts";
import { CONFIG_OPTION, configFile, type Command } from "./command.ts";

/**
 * Writes a config.json with one token and shows that token. Standard output holds the token alone, for a script to
 * take. A file that is there is never touched, and the new one is for its owner's eyes only.
 */
export const init: Command = {
  name: "init",
  about: "Writes a config.json with a new token, and shows the token.",
  options: CONFIG_OPTION,
  async run(options, output) {
    const named = configFile(options);
    const file = shownWord(named, Infinity);
    const token = mintToken();
    try {
      writeFileSync(named, configOf(token), { flag: "wx", mode: 0o600 });
    } catch (fault) {
      output.err(`${file}: ${unwritable(fault as NodeJS.ErrnoException)}\n`);
      return 1;
    }
    output.err(
      `${file} is written, for this user alone to read. Its one token, for the Authorization header of a friend:\n\n`,
    );
    output.out(`${token}\n`);
    output.err(`\nServe with: token-server${named === "config.json" ? "" : ` --config ${file}`}\n`);
    return 0;
  },
};

function configOf(token: string): string {
  const http = { host: "127.0.0.1", port: 8000, request_max_size: 1048576, allowed_tokens: [token] };
  const log = { level: [{ logger: "server_logger", level: "INFO" }] };
  return `${JSON.stringify({ server: { http }, log }, null, 2)}\n`;
}

function unwritable({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case "EEXIST":
      return "there is such a file, and it is left as it is; name another one with --config FILE";
    case "ENOENT":
      return "there is no folder to write it to";
    case "EACCES":
    case "EROFS":
      return "may not be written by this user";
    default:
      return `can't be written (${code ?? message})`;
  }
}
