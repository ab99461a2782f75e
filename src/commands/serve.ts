import type { Config } from "../config/config.ts";
import { ConfigError } from "../config/config-error.ts";
import { loadConfig } from "../config/load-config.ts";
import { readWithLifetime, runUntilStopped } from "../server/lifetime.ts";
import { ListenError } from "../listen/listen-error.ts";
import { startServer, SYSTEM_CLOCK } from "../server/server.ts";
import { terminalGone } from "../server/terminal.ts";
import { command, CONFIG_OPTION } from "./command.ts";

/** Serves what the config says until a signal stops it. */
export const serve = command(
  {
    name: "serve",
    about: "Serves until SIGTERM or SIGINT; the default command.",
    options: CONFIG_OPTION,
    exits: "0 stopped; 1 can't listen, or requests were cut off; 2 bad config.json or arguments",
  },
  async ({ values }, output) => {
    // Until the server can reload, a SIGHUP would end the process.
    process.on("SIGHUP", () => {});
    const hungUp = terminalGone();
    try {
      const read = () => loadConfig(values.config).config;
      return await runUntilStopped(...(await started(read)), read, hungUp);
    } catch (fault) {
      if (!(fault instanceof ConfigError || fault instanceof ListenError)) throw fault;
      output.err(`${fault.message}\n`);
      return fault instanceof ConfigError ? 2 : 1;
    }
  },
);

/** A function of its own, so that nothing refers to the config while the server runs: it may hold a million tokens. */
async function started(read: () => Config) {
  const { config, lifetime } = readWithLifetime(read, SYSTEM_CLOCK);
  return [await startServer(config), lifetime] as const;
}
