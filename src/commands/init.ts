import { writeFileSync } from "node:fs";
import { quoteFile, quote } from "../text/quote.ts";
import { mintToken } from "../tokens/token.ts";
import { CONFIG_OPTION, configFile, type Command } from "./command.ts";

/**
 * Writes a config.json with one token, and shows the token and the two commands that come next. Standard output holds
 * the token alone, for a script to take; standard error the rest, where the token stands in the curl line. A file that
 * exists is never overwritten, and the new one is for its owner's eyes only.
 */
export const init: Command = {
  name: "init",
  about: "Writes a config.json with a new token, and shows the token.",
  options: CONFIG_OPTION,
  async run(options, output) {
    const named = configFile(options);
    const token = mintToken();
    try {
      writeFileSync(named, configOf(token), { flag: "wx", mode: 0o600 });
    } catch (fault) {
      output.err(`${quoteFile(named)}${unwritable(fault as NodeJS.ErrnoException)}\n`);
      return 1;
    }
    output.err(`Wrote ${quoteFile(named)}, which only this user may read. Its token:\n\n`);
    output.out(`${token}\n`);
    const config = options["config"] === undefined ? "" : ` --config ${shellWord(named)}`;
    output.err(`
Start the server, then send it a request from another terminal:

${shellWord(process.argv0)}${config}
curl -H 'Authorization: Token ${token}' http://${HOST}:${PORT}/ping
`);
    return 0;
  },
};

function configOf(token: string): string {
  const http = { host: HOST, port: PORT, request_max_size: 1048576, allowed_tokens: [token] };
  const log = { level: [{ logger: "server_logger", level: "INFO" }] };
  return `${JSON.stringify({ server: { http }, log }, null, 2)}\n`;
}

function unwritable({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case "EEXIST":
      return " already exists; not overwritten. Write another file with --config NEW.json";
    case "ENOENT":
      return ": its folder doesn't exist; create it";
    case "EACCES":
    case "EROFS":
      return ": permission denied";
    default:
      return `: can't be written (${code ?? message})`;
  }
}

/** A word as a shell takes it. One that a terminal would act on is only shown, and can't be pasted. */
function shellWord(text: string): string {
  if (!/^[ -~]+$/.test(text)) return quote(text, Infinity);
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

const HOST = "127.0.0.1";
const PORT = 8000;
