import { writeFileSync } from "node:fs";
import { LIMITS } from "../limits.ts";
import { canConnect } from "../routes/proxy/can-connect.ts";
import { upstreamSetting, upstreamUrl, type UpstreamUrl } from "../routes/proxy/upstream-url.ts";
import { quoteFile, quote } from "../text/quote.ts";
import { mintToken } from "../tokens/token.ts";
import { UsageError } from "./check-arguments.ts";
import { command, CONFIG_OPTION } from "./command.ts";
import { answeringPlan, configText, forwardingPlan } from "./init-plan.ts";

/**
 * Writes a config.json with the SHA-256 of one new token, readable by its owner only, and prints the token and the next
 * two commands. It never overwrites a file. Standard output holds the token alone, so that a script can take it; the
 * rest goes to standard error, where the curl command repeats the token. Nothing else holds it.
 */
export const init = command(
  {
    name: "init",
    about: "Writes a config.json with a new token, and shows the token.",
    options: {
      ...CONFIG_OPTION,
      proxy: {
        type: "string",
        value: "URL",
        about:
          "Forwards every request to http://HOST:PORT, https://HOST or unix:/PATH; by default only /ping is served.",
      },
    },
    exits: "0 written; 1 can't be written; 2 bad arguments",
  },
  async ({ values: { config: file, proxy } }, output) => {
    const upstream = proxy === undefined ? null : { text: proxy, url: parsed(proxy) };
    if (upstream && !(await accepts(upstream.url))) {
      output.err(
        `warning: nothing accepts connections at ${upstream.text}; until something does, requests get 502 or 504\n`,
      );
    }
    const token = mintToken();
    const plan = upstream === null ? answeringPlan() : forwardingPlan(upstream.text, upstream.url);
    try {
      writeFileSync(file, configText(token, plan), { flag: "wx", mode: 0o600 });
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
Start the server, then send it a request from another terminal${plan.hint}:

${shellWord(process.argv0)}${option}
curl -H 'Authorization: ${plan.scheme} ${token}' ${plan.url}
`);
    return 0;
  },
);

/** Throws a UsageError, which does not show the text: it may hold a password. */
function parsed(text: string): UpstreamUrl {
  const url = upstreamUrl(text);
  if (!("problem" in url)) return url;
  throw new UsageError(`--proxy must be ${upstreamSetting.expected}; it ${url.problem}`);
}

/** Whether a program accepts connections there. TLS is left to the server, whose config may name an authority. */
async function accepts(url: UpstreamUrl): Promise<boolean> {
  return await canConnect({ ...url, protocol: "http" }, LIMITS.initTimeout);
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
