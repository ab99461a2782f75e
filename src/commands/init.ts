import { unlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { LIMITS } from "../limits.ts";
import { tryConnection } from "../upstream/try-connection.ts";
import { upstreamSetting } from "../routes/proxy/upstream-setting.ts";
import { upstreamUrl, type UpstreamUrl } from "../upstream/upstream-url.ts";
import { quoteFile, quote } from "../text/quote.ts";
import { openAdmin } from "../stores/open-store.ts";
import { storeUrl } from "../stores/store-url.ts";
import { StoreError } from "../tokens/store-error.ts";
import { UsageError } from "./check-arguments.ts";
import { command, CONFIG_OPTION } from "./command.ts";
import { answeringPlan, configText, forwardingPlan, STORE_FILE } from "./init-plan.ts";
import { createToken } from "./token/new-token.ts";
import { systemAuthor } from "./token/system-user.ts";

/**
 * Writes a config.json and a store of tokens beside it, readable by their owner only, with one new token, and prints the
 * token and the next two commands. It never overwrites a file; a store that is there gets one more token. Standard output
 * holds the token alone, so that a script can take it; the rest goes to standard error, where the curl command repeats the
 * token. Nothing else holds it.
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
    const plan = upstream === null ? answeringPlan() : forwardingPlan(upstream.text, upstream.url);
    try {
      writeFileSync(file, configText(plan), { flag: "wx", mode: 0o600 });
    } catch (fault) {
      output.err(`${quoteFile(file)}${writeProblem(fault as NodeJS.ErrnoException)}\n`);
      return 1;
    }
    let first: FirstToken;
    try {
      first = await firstToken(dirname(resolve(file)));
    } catch (fault) {
      // Nobody could use it: it has no token.
      unlinkSync(file);
      if (!(fault instanceof StoreError)) throw fault;
      output.err(`${fault.message}\n`);
      return 1;
    }
    const { token, others } = first;
    const store = quoteFile(join(dirname(file), STORE_FILE));
    if (others > 0)
      output.err(
        `note: ${store} has ${others === 1 ? "a token" : `${others} tokens`} already, accepted too\n`,
      );
    output.err(
      `Wrote ${quoteFile(file)} and ${store}, which only this user can read. The new token, which can't be shown again:\n\n`,
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

/** The token that a store was given, and how many others it has. */
interface FirstToken {
  readonly token: string;
  readonly others: number;
}

/** Mints a token into the store in a folder, which is created if it is not there. Throws a StoreError. */
async function firstToken(folder: string): Promise<FirstToken> {
  const admin = await openAdmin(storeUrl(`sqlite:${STORE_FILE}`, folder), { create: true });
  if (admin === null) throw new StoreError(`${STORE_FILE}: not created`);
  try {
    const { length } = await admin.list();
    const { token } = await admin.transaction((writes) =>
      createToken(writes, { user: "me" }, systemAuthor(), Date.now()),
    );
    return { token, others: length };
  } finally {
    await admin.close();
  }
}

/** Throws a UsageError, which does not show the text: it may hold a password. */
function parsed(text: string): UpstreamUrl {
  const url = upstreamUrl(text);
  if (!("problem" in url)) return url;
  throw new UsageError(`--proxy must be ${upstreamSetting.expected}; it ${url.problem}`);
}

/** Whether a program accepts connections there. TLS is left to the server, whose config may name an authority. */
async function accepts(url: UpstreamUrl): Promise<boolean> {
  return (await tryConnection({ ...url, protocol: "http" }, LIMITS.initTimeout)) === "accepted";
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
