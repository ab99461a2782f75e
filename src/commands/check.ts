import { checkConfig } from "../config/check-config.ts";
import type { ListenOptions } from "../listen/listen-options.ts";
import { ConfigError, loadWholeConfig } from "../config/load-config.ts";
import { describeSettings } from "../config/describe-settings.ts";
import { quoteWord } from "../text/quote.ts";
import { ListenError, whoListens } from "../listen/listen-error.ts";
import { startListener } from "../listen/listener.ts";
import { CONFIG_OPTION, configFile, type Command } from "./command.ts";

/**
 * Reads a config as serving would, opens for a moment what serving would open, and shows every setting with the value
 * it has.
 */
export const check: Command = {
  name: "check",
  about: "Says whether the config can be served, and shows every setting.",
  options: CONFIG_OPTION,
  async run(options, output) {
    try {
      const { config, given } = loadWholeConfig(configFile(options), checkConfig);
      for (const text of config.warnings) output.err(`warning: ${text}\n`);
      let code = 0;
      for (const listen of [config.listen, ...(config.admin ? [config.admin] : [])]) {
        const fault = await openingError(listen);
        // That it is taken keeps nothing from being served: as a rule the server runs.
        if (fault?.taken) output.err(`note: ${inUse(listen)}\n`);
        else if (fault) {
          output.err(`${fault.message}\n`);
          code = 1;
        }
      }
      if (code > 0) return code;
      output.out(
        `${quoteWord(configFile(options), Infinity)} can be served.\n${describeSettings(given).join("\n")}\n`,
      );
      return 0;
    } catch (fault) {
      if (!(fault instanceof ConfigError)) throw fault;
      output.err(`${fault.message}\n`);
      return 2;
    }
  },
};

/** What keeps a listener from listening, or null. */
async function openingError(options: ListenOptions): Promise<ListenError | null> {
  try {
    const listener = await startListener(
      // Shared, the port of a running server would give some of its clients to this listener, which ends at once.
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
  if (unix !== null) return `the Unix socket ${unix.path} is in use, by the running server as a rule`;
  return `port ${port} on ${host} is in use, by the running server as a rule; ${whoListens(port)} program`;
}
