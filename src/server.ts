import packageJson from "../package.json" with { type: "json" };
import { buildApp } from "./app.ts";
import type { Config } from "./config/config.ts";
import type { ConfigCheck } from "./config/read-config.ts";
import { LIMITS } from "./limits.ts";
import { startListener, type Listener } from "./listener.ts";
import { lineWriter } from "./observations/line-writer.ts";
import { logLine } from "./observations/log.ts";
import type { Observe } from "./observations/observation.ts";
import { appRoutes } from "./routes/app-routes.ts";
import { exclusionFaults } from "./routes/exclusions.ts";
import { configStore } from "./stores/config-store.ts";

/** A server that listens, its log and its way to an end. The config is let go: with a million tokens it is large. */
export interface Server {
  readonly listener: Listener;
  readonly observe: Observe;
  readonly closeLog: (deadline: number) => Promise<void>;
}

/** Opens what a config asks for and listens. Throws a ListenFault. */
export function startServer({ listen, tokens, log, ...app }: Config, routes = appRoutes): Server {
  const line = logLine(log);
  const writer = lineWriter(STDOUT, (lines) => line({ kind: "lost", lines }) ?? "");
  const observe: Observe = (observation) => {
    const made = line(observation);
    if (made !== null) writer.write(made);
  };
  const store = configStore(tokens);
  const serve = buildApp(app, store, routes(observe), observe, () => performance.now());
  const listener = startListener(listen, serve, observe);
  const name = `${packageJson.name} ${packageJson.version}`;
  observe({ kind: "started", name, url: listener.url, tokens: store.size });
  for (const event of ["uncaughtException", "unhandledRejection"]) {
    process.on(event, (fault: unknown) => observe({ kind: "strayed", fault }));
  }
  return { listener, observe, closeLog: writer.close };
}

/**
 * Waits for SIGTERM, SIGINT or SIGHUP, lets requests in flight finish, and gives the exit code: 0, or 1 where the
 * deadline cut some off. A second signal ends the process at once.
 */
export async function untilStopped(server: Server, deadline: number = LIMITS.stopDeadline): Promise<number> {
  const { listener, observe, closeLog } = server;
  const signal = await new Promise<string>((resolve) => {
    for (const name of SIGNALS) process.once(name, () => resolve(name));
  });
  for (const name of SIGNALS) process.removeAllListeners(name).once(name, () => void endNow());
  observe({ kind: "stopping", signal, inFlight: listener.inFlight() });
  const cut = await listener.stop(deadline);
  observe({ kind: "stopped", cut });
  await closeLog(LIMITS.logCloseDeadline);
  return cut === 0 ? 0 : 1;

  async function endNow(): Promise<never> {
    await closeLog(LIMITS.logCutDeadline);
    process.exit(1);
  }
}

/** Finds what is wrong with settings only in the light of the routes there are. */
export const checkConfig: ConfigCheck = ({ exclusions }, report) => {
  for (const { list, index, text } of exclusionFaults(
    appRoutes(() => {}),
    exclusions,
  )) {
    report(["server", "http", list === "paths" ? "exclude_routes" : "exclude_methods", index], text);
  }
};

const STDOUT = 1;
const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;
