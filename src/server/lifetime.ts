import type { Config } from "../config/config.ts";
import { ConfigError } from "../config/config-error.ts";
import { watchFiles } from "./watch-files.ts";
import { LIMITS } from "../limits.ts";
import { ListenError } from "../listen/listen-error.ts";
import type { Server } from "./server.ts";

/** What of a config matters to how long a server lives. */
export interface LifetimeOptions extends Pick<Config, "stop" | "watch" | "files"> {
  /** When it was asked for, in milliseconds since 1970: what changes later has changed. */
  readonly readAt: number;
}

/** Reads a config and gives it together with what matters of it to the lifetime, which is small and may be kept. */
export function readForLife(read: () => Config): { config: Config; lifetime: LifetimeOptions } {
  const readAt = Date.now();
  const config = read();
  const { stop, watch, files } = config;
  return { config, lifetime: { stop, watch, files, readAt } };
}

/**
 * Lets a server live until SIGTERM or SIGINT, and gives the exit code: 0, or 1 where requests were cut off.
 *
 * SIGHUP, or a change of a file the config came from where that is asked for, reads the config again; a SIGHUP because
 * the terminal has gone (`hungUp`) stops the server, as SIGINT does. After SIGTERM clients are asked to leave for as long as `stop.drain` says; SIGINT comes from a person who waits.
 * Then requests in flight may finish until `stop.deadline`. A second signal ends the process at once.
 */
export async function runUntilStopped(
  server: Server,
  options: LifetimeOptions,
  read: () => Config,
  hungUp: () => boolean = () => false,
): Promise<number> {
  const { observe } = server;
  let current = options;
  let endWatch = () => {};
  const watch = ({ watch, files, readAt }: LifetimeOptions) => {
    endWatch();
    const missing = (file: string) => observe({ kind: "file_missing", file });
    endWatch = watch ? watchFiles(files, readAt, { changed: reload, missing }) : () => {};
  };
  // One after the other, so that the last to be read is the last to serve; one that waits will read all there is.
  let reloading = Promise.resolve();
  let waiting = false;
  let stopping = false;
  const reload = () => {
    if (waiting || stopping) return;
    waiting = true;
    reloading = reloading.then(async () => {
      // Between two reads requests are answered, and signals heard.
      await new Promise(setImmediate);
      waiting = false;
      if (stopping) return;
      current = await reloaded(server, read, current);
      watch(current);
    });
  };

  watch(options);
  for (const event of FAULTS) process.on(event, (fault: unknown) => observe({ kind: "uncaught", fault }));
  const signal = await new Promise<string>((resolve) => {
    for (const name of STOP_SIGNALS) process.once(name, () => resolve(name));
    const hangup = () => (hungUp() ? resolve("SIGHUP") : reload());
    process.on("SIGHUP", hangup);
    // It may have gone before anyone listened.
    if (hungUp()) resolve("SIGHUP");
  });
  // Whoever asks for a reload from here on is not heard, but must not end the process either.
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

/** Reads the config again and serves by it. Where it can't be used the one before goes on. */
async function reloaded(
  server: Server,
  read: () => Config,
  before: LifetimeOptions,
): Promise<LifetimeOptions> {
  const readAt = Date.now();
  try {
    const { config, lifetime } = readForLife(read);
    await server.reload(config);
    return lifetime;
  } catch (fault) {
    const meant = fault instanceof ConfigError || fault instanceof ListenError;
    if (!meant) server.observe({ kind: "uncaught", fault });
    // The excerpt under a syntax error is indented; a log line by itself can't show where its caret points.
    const problems = meant ? fault.message.split("\n").filter((line) => /^\S/.test(line)) : [];
    for (const text of problems) server.observe({ kind: "problem", text });
    server.observe({ kind: "reload_failed" });
    // A file whose absence is the problem may come.
    const files = fault instanceof ConfigError ? fault.files : [];
    return { ...before, files: [...new Set([...before.files, ...files])], readAt };
  }
}

const STOP_SIGNALS = ["SIGTERM", "SIGINT"] as const;
const FAULTS = ["uncaughtException", "unhandledRejection"] as const;
