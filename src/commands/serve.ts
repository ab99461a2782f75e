import { checkConfig } from "../config/check-config.ts";
import type { Config } from "../config/config.ts";
import { ConfigError, loadConfig } from "../config/load-config.ts";
import { readForLife, runUntilStopped } from "../server/lifetime.ts";
import { ListenError } from "../listen/listen-error.ts";
import { startServer } from "../server/server.ts";
import { foreignCode } from "./foreign-code.ts";
import { terminalGone } from "../server/terminal.ts";
import { CONFIG_OPTION, configFile, type Command } from "./command.ts";

/** Serves what config.json says until a signal stops it. */
export const serve: Command = {
  name: "serve",
  about: "Serves until SIGTERM or SIGINT; the command when none is named.",
  options: CONFIG_OPTION,
  async run(options, output) {
    const problem = foreignCode(process.env);
    if (problem !== null) {
      output.err(`token-server: ${problem}\n`);
      return 2;
    }
    // A reload asked for before there is a server to reload would end the process.
    process.on("SIGHUP", () => {});
    const hungUp = terminalGone();
    try {
      const read = () => loadConfig(configFile(options), checkConfig);
      return await runUntilStopped(...(await started(read)), read, hungUp);
    } catch (fault) {
      if (!(fault instanceof ConfigError || fault instanceof ListenError)) throw fault;
      output.err(`${fault.message}\n`);
      return fault instanceof ConfigError ? 2 : 1;
    }
  },
};

/** Apart, so that nothing holds on to the config while the server runs: with a million tokens it is large. */
async function started(read: () => Config) {
  const { config, lifetime } = readForLife(read);
  return [await startServer(config), lifetime] as const;
}
