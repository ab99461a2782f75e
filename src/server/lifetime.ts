import type { Config } from "../config/config.ts";
import { ConfigError } from "../config/config-error.ts";
import type { Clock } from "../http/clock.ts";
import { watchFiles } from "./watch-files.ts";
import { LIMITS } from "../limits.ts";
import { ListenError } from "../listen/listen-error.ts";
import { StoreError } from "../tokens/store-error.ts";
import type { Server } from "./server.ts";

/** Options for `runUntilStopped`. */
export interface LifetimeOptions extends Pick<Config, "stop" | "watch" | "files"> {
  /** When reading the config began, in milliseconds since 1970. A file that changed later has changed. */
  readonly readAt: number;
}

/** Reads a config. The lifetime options are small and may be kept; the config may hold a million tokens. */
export function readWithLifetime(
  read: () => Config,
  clock: Clock,
): { config: Config; lifetime: LifetimeOptions } {
  const readAt = clock.now();
  const config = read();
  const { stop, watch, files } = config;
  return { config, lifetime: { stop, watch, files, readAt } };
}

/**
 * Runs a server until SIGTERM or SIGINT and resolves to the exit code: 0, or 1 if requests were cut off.
 *
 * SIGHUP reloads the config, as does a change of one of its files if `watch` is on; a SIGHUP because the terminal has
 * gone (`hungUp`) stops the server, as SIGINT does. After SIGTERM clients are asked to reconnect for `stop.drain`; SIGINT
 * skips that, because it comes from a person who waits. Then requests in flight may finish until `stop.deadline`. A
 * second signal ends the process at once.
 */
export async function runUntilStopped(
  server: Server,
  options: LifetimeOptions,
  read: () => Config,
  hungUp: () => boolean = () => false,
): Promise<number> {
  const { observe, clock } = server;
  let current = options;
  let endWatch = () => {};
  const watch = ({ watch, files, readAt }: LifetimeOptions) => {
    endWatch();
    const missing = (file: string) => observe({ kind: "file_missing", file });
    endWatch = watch ? watchFiles(files, readAt, { changed: reload, missing }, clock) : () => {};
  };
  // One reload at a time, so that the newest config wins. One that waits will read all changes so far.
  let reloading = Promise.resolve();
  let waiting = false;
  let stopping = false;
  const reload = () => {
    if (waiting || stopping) return;
    waiting = true;
    reloading = reloading.then(async () => {
      // Between two reloads requests are answered and signals received.
      await new Promise(setImmediate);
      waiting = false;
      if (stopping) return;
      current = await reloadServer(server, read, current);
      watch(current);
    });
  };

  watch(options);
  for (const event of FAULTS) process.on(event, (fault: unknown) => observe({ kind: "uncaught", fault }));
  const signal = await new Promise<string>((resolve) => {
    for (const name of STOP_SIGNALS) process.once(name, () => resolve(name));
    const hangup = () => (hungUp() ? resolve("SIGHUP") : reload());
    process.on("SIGHUP", hangup);
    // The terminal may have gone before this listener was added.
    if (hungUp()) resolve("SIGHUP");
  });
  // From here on SIGHUP does nothing, but must not end the process either.
  stopping = true;
  for (const name of STOP_SIGNALS) process.removeAllListeners(name).once(name, () => void endNow(name));
  const { drain } = current.stop;
  if (signal === "SIGTERM" && drain > 0) {
    observe({ kind: "draining", signal, milliseconds: drain });
    server.drain();
    await Bun.sleep(drain);
  }
  await reloading;
  endWatch();
  observe({ kind: "stopping", signal, inFlight: server.inFlight() });
  const cut = await server.stop(current.stop.deadline);
  observe({ kind: "stopped", cut });
  await server.closeLog(LIMITS.logCloseDeadline);
  return cut === 0 ? 0 : 1;

  async function endNow(signal: string): Promise<never> {
    observe({ kind: "ended", signal, inFlight: server.inFlight() });
    await server.closeLog(LIMITS.logCutDeadline);
    process.exit(1);
  }
}

/** Reloads the config. If it can't be used, the previous one stays. */
async function reloadServer(
  server: Server,
  read: () => Config,
  before: LifetimeOptions,
): Promise<LifetimeOptions> {
  const readAt = server.clock.now();
  try {
    const { config, lifetime } = readWithLifetime(read, server.clock);
    await server.reload(config);
    return lifetime;
  } catch (fault) {
    const isExpected =
      fault instanceof ConfigError || fault instanceof ListenError || fault instanceof StoreError;
    if (!isExpected) server.observe({ kind: "uncaught", fault });
    // The excerpt under a syntax error is indented; a log line by itself can't show where its caret points.
    const problems = isExpected ? fault.message.split("\n").filter((line) => /^\S/.test(line)) : [];
    for (const text of problems) server.observe({ kind: "problem", text });
    server.observe({ kind: "reload_failed" });
    // A file that is missing may appear.
    const files = fault instanceof ConfigError ? fault.files : [];
    return { ...before, files: [...new Set([...before.files, ...files])], readAt };
  }
}

const STOP_SIGNALS = ["SIGTERM", "SIGINT"] as const;
const FAULTS = ["uncaughtException", "unhandledRejection"] as const;
