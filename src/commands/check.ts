import { checkConfig } from "../check-config.ts";
import type { ListenOptions } from "../config/config.ts";
import { ConfigFault, readWhole } from "../config/read-config.ts";
import { shownSettings } from "../config/shown-settings.ts";
import { shownWord } from "../config/shown-text.ts";
import { ListenFault } from "../listen-fault.ts";
import { startListener } from "../listener.ts";
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
      const { config, given } = readWhole(configFile(options), checkConfig);
      const opened = [await openingFault(config.listen), config.admin && (await openingFault(config.admin))];
      const problems = opened.filter((fault) => fault !== null);
      for (const { message } of problems) output.err(`${message}\n`);
      if (problems.length > 0) return 1;
      output.out(
        `${shownWord(configFile(options), Infinity)} can be served.\n${shownSettings(given).join("\n")}\n`,
      );
      return 0;
    } catch (fault) {
      if (!(fault instanceof ConfigFault)) throw fault;
      output.err(`${fault.message}\n`);
      return 2;
    }
  },
};

/** What keeps a listener from listening, or null. That its address is taken does not: as a rule the server runs. */
async function openingFault(options: ListenOptions): Promise<ListenFault | null> {
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
    if (!(fault instanceof ListenFault)) throw fault;
    return fault.taken ? null : fault;
  }
}
