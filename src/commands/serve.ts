import { ConfigFault, readConfig } from "../config/read-config.ts";
import { ListenFault } from "../listener.ts";
import { checkConfig, startServer, untilStopped } from "../server.ts";
import type { Command } from "./command.ts";

/** Serves what config.json says until a signal stops it. */
export const serve: Command = {
  name: "serve",
  about: "Serves until SIGTERM or SIGINT; the command when none is named.",
  options: { config: { value: "FILE", about: "The config file; ./config.json when left out." } },
  async run(options, output) {
    try {
      return await untilStopped(startServer(readConfig(options["config"] ?? "config.json", checkConfig)));
    } catch (fault) {
      if (!(fault instanceof ConfigFault || fault instanceof ListenFault)) throw fault;
      output.err(`${fault.message}\n`);
      return fault instanceof ConfigFault ? 2 : 1;
    }
  },
};
