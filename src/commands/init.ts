import { writeFileSync } from "node:fs";
import { quoteFile, quote } from "../text/quote.ts";
import { digestToken, mintToken } from "../tokens/token.ts";
import { command, CONFIG_OPTION } from "./command.ts";

/**
 * Writes a config.json with the SHA-256 of one new token, readable by its owner only, and prints the token and the next
 * two commands. It never overwrites a file. Standard output holds the token alone, so that a script can take it; the
 * rest goes to standard error, where the curl command repeats the token. Nothing else holds it.
 */
export const init = command(
  {
    name: "init",
    about: "Writes a config.json with a new token, and shows the token.",
    options: CONFIG_OPTION,
    exits: "0 written; 1 can't be written; 2 bad arguments",
  },
  async ({ values: { config: file } }, output) => {
    const token = mintToken();
    try {
      writeFileSync(file, configOf(token), { flag: "wx", mode: 0o600 });
    } catch (fault) {
      output.err(`${quoteFile(file)}${writeProblem(fault as NodeJS.ErrnoException)}\n`);
      return 1;
    }
    output.err(
      `Wrote ${quoteFile(file)}, which only this user may read. Its token, which is kept nowhere else:\n\n`,
    );
    output.out(`${token}\n`);
    const option = file === CONFIG_OPTION.config.default ? "" : ` --config ${shellWord(file)}`;
    output.err(`
Start the server, then send it a request from another terminal:

${shellWord(process.argv0)}${option}
curl -H 'Authorization: Token ${token}' http://${HOST}:${PORT}/ping
`);
    return 0;
  },
);

function configOf(token: string): string {
  // A user without a name has another id in the log after each start.
  const allowed_tokens = [{ sha256: digestToken(token).toHex(), name: "me" }];
  const http = { host: HOST, port: PORT, request_max_size: 1048576, allowed_tokens };
  const log = { level: [{ logger: "server_logger", level: "INFO" }] };
  return `${JSON.stringify({ server: { http }, log }, null, 2)}\n`;
}

function writeProblem({ code, message }: NodeJS.ErrnoException): string {
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

/** A word quoted for a shell. One with control characters is made safe to show instead, and can't be pasted. */
function shellWord(text: string): string {
  if (!/^[ -~]+$/.test(text)) return quote(text, Infinity);
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

const HOST = "127.0.0.1";
const PORT = 8000;
