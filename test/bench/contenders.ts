import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import packageJson from "../../package.json" with { type: "json" };

/** A server that the benchmark measures, in one of its forms. */
export interface Contender {
  /** What the tables call it. */
  readonly name: string;
  /** The program, whatever its form. */
  readonly product: string;
  readonly role: "baseline" | "ours" | "peer";
  /** Whether it writes a line for each accepted request. Only those that do alike are compared. */
  readonly logs: boolean;
  /** Its version, or null where it isn't installed. */
  version(): string | null;
  /** How to get it, shown where it is skipped. */
  readonly install: string;
  /** Writes and builds what it needs into a folder of its own. */
  prepare?(folder: string): void;
  /** The command that serves on a port of 127.0.0.1. */
  command(folder: string, port: number): readonly string[];
  /** The statuses of its refusals, without a token and with an unknown one; null where it checks nothing. */
  readonly refuses: { readonly none: number; readonly bad: number } | null;
  /** Whether it has `POST /read`, a route that reads its content. */
  readonly reads: boolean;
  /** What its answer to a known token holds, where that is not the pong of its own. */
  readonly answer?: unknown;
}

const ROOT = resolve(import.meta.dir, "../..");

/** The file of a contender. */
export const file = (name: string) => join(import.meta.dir, "contenders", name);

/** The first line that a command prints, or null where there is no such command. */
export function firstLine(command: readonly string[]): string | null {
  try {
    const { stdout, stderr, exitCode } = Bun.spawnSync([...command], { stdin: "ignore" });
    const text = stdout.toString().trim() || stderr.toString().trim();
    return exitCode === 0 ? (text.split("\n")[0] ?? "") : null;
  } catch {
    return null;
  }
}

/** Runs a command to its end in a folder; throws what it printed where it fails. */
export function must(command: readonly string[], cwd: string, env: Record<string, string> = {}): void {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...command], { cwd, env: { ...process.env, ...env } });
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stdout.toString()}${stderr.toString()}`);
}

/** Compiles an entry into a folder with the flags that the product is built with. */
export function compile(entry: string, folder: string): void {
  const build = packageJson.scripts.build
    .replace(/ && .*/, "")
    .split(" ")
    .slice(1, -3);
  must([process.execPath, ...build, "--outfile", executable(folder), entry], ROOT);
}

/** Where `compile` puts it. */
export const executable = (folder: string) => join(folder, "server");

/** A form of token-server. */
interface Form {
  readonly name: string;
  /** The level of `server_logger`. */
  readonly level?: "INFO" | "DEBUG";
  /** Whether accepted requests get a line. */
  readonly logs?: boolean;
  readonly tokens?: () => readonly string[];
  /** What is compiled. */
  readonly entry?: string;
  readonly reads?: boolean;
  /** In the words of config.json. */
  readonly routes?: readonly object[];
  /** Other settings of `server.http`. */
  readonly http?: object;
  /** What the routes answer, where that is not a pong. */
  readonly answer?: unknown;
}

/** Our own executable in this form. */
export function ours({
  name,
  level = "INFO",
  logs = true,
  tokens = () => ["token1", "token2"],
  entry = "src/main.ts",
  reads = false,
  routes = ["/ping", "/items/*"].map((path) => ({ path, handler: "ping" })),
  http: settings = {},
  answer,
}: Form): Contender {
  return {
    name,
    product: "token-server",
    role: "ours",
    logs,
    version: () => packageJson.version,
    install: "bun run build",
    prepare(folder) {
      compile(entry, folder);
      const http = { ...settings, host: "127.0.0.1", port: "PORT", allowed_tokens: tokens(), routes };
      const access = { logger: "server_logger.access", level: "ERROR" };
      const log = { level: [{ logger: "server_logger", level }, ...(logs ? [] : [access])] };
      writeFileSync(join(folder, "config.json"), JSON.stringify({ server: { http }, log }));
    },
    command(folder, port) {
      const template = join(folder, "config.json");
      // The port is known only now; a million tokens are not written twice for it.
      must(["sed", "-i", "-E", `s/"port":("PORT"|[0-9]+)/"port":${port}/`, template], folder);
      return [executable(folder), "--config", template];
    },
    refuses: { none: 401, bad: 403 },
    reads,
    answer,
  };
}

/** token-server as it is shipped: a line for each accepted request. */
export const LOGGING_SERVER = ours({ name: "token-server + log" });

/** The same without these lines. */
export const SERVER = ours({ name: "token-server", logs: false });

/** The same with a route that reads content. */
export const READING_SERVER = ours({
  name: "token-server",
  logs: false,
  entry: "test/bench/contenders/reading-server.ts",
  reads: true,
});

/** A Bun.serve that checks nothing, compiled as token-server is. */
function baseline(name: string, entry: string): Contender {
  return {
    name,
    product: "Bun",
    role: "baseline",
    logs: false,
    version: () => Bun.version,
    install: "npm install --global bun@1.4.5",
    prepare: (folder) => compile(file(entry), folder),
    command: (folder, port) => [executable(folder), String(port)],
    refuses: null,
    reads: true,
  };
}

/** What every ratio is to. */
export const FLOOR = baseline("the floor", "floor.ts");

/** The most that the runtime can do. */
export const BARE = baseline("bare Bun.serve", "bare.ts");
