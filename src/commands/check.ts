import type { ListenOptions } from "../listen/listen-options.ts";
import { ConfigError } from "../config/config-error.ts";
import { loadConfig } from "../config/load-config.ts";
import { describeSettings } from "../config/describe-settings.ts";
import { quoteFile } from "../text/quote.ts";
import { ListenError, whoListens } from "../listen/listen-error.ts";
import { startListener } from "../listen/listener.ts";
import { storeWarnings } from "./check-store.ts";
import { command, CONFIG_OPTION } from "./command.ts";

/**
 * Loads a config as the server does, opens its listeners for a moment, and prints every setting with its value. A
 * listener in use is a note only: most likely the server runs.
 */
export const check = command(
  {
    name: "check",
    about: "Checks whether the server can use the config, and shows every setting.",
    options: CONFIG_OPTION,
    exits: "0 can be used; 1 can't listen; 2 bad config.json or arguments",
  },
  async ({ values: { config: file } }, output) => {
    try {
      const loaded = loadConfig(file);
      const { config, given, plainTokens } = loaded;
      const warnings = [...config.warnings, ...plainTokens(), ...(await storeWarnings(loaded))];
      for (const text of warnings) output.err(`warning: ${text}\n`);
      let code = 0;
      for (const listen of [config.listen, ...(config.admin ? [config.admin] : [])]) {
        const fault = await listenFault(listen);
        if (fault?.taken) output.err(`note: ${inUse(listen)}\n`);
        else if (fault) {
          output.err(`${fault.message}\n`);
          code = 1;
        }
      }
      if (code > 0) return code;
      output.out(`${quoteFile(file)} can be used.\n${describeSettings(given).join("\n")}\n`);
      return 0;
    } catch (fault) {
      if (!(fault instanceof ConfigError)) throw fault;
      output.err(`${fault.message}\n`);
      return 2;
    }
  },
);

/** Why a listener can't be opened, or null. */
async function listenFault(options: ListenOptions): Promise<ListenError | null> {
  try {
    const listener = await startListener(
      // On a shared port this listener would take clients away from the running server.
      { ...options, reusePort: false },
      () => new Response(null, { status: 503 }),
      () => {},
    );
    await listener.stop(0);
    return null;
  } catch (fault) {
    if (!(fault instanceof ListenError)) throw fault;
    return fault;
  }
}

function inUse({ host, port, unix }: ListenOptions): string {
  if (unix !== null) return `the Unix socket ${unix.path} is in use; ${UNLESS_OURS}`;
  return `port ${port} on ${host} is in use; ${UNLESS_OURS}; ${whoListens(port)} program does`;
}

const UNLESS_OURS = "unless token-server itself uses it, the server can't start";
