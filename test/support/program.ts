import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { SCRATCH } from "./tidy.ts";

/** The root of the repository. */
export const ROOT = resolve(import.meta.dir, "../..");

/** The executable, built as `bun run build` builds it, once for each run of the tests. */
export function executable(): string {
  const folder = join(SCRATCH, "built");
  const file = join(folder, "token-server");
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const [build = ""] = packageJson.scripts.build.split(" && ");
  const command = build.split(" ").map((word) => (word === "token-server" ? file : word));
  const { exitCode, stderr } = Bun.spawnSync([process.execPath, ...command.slice(1)], { cwd: ROOT });
  if (exitCode !== 0) throw new Error(`the build failed: ${stderr.toString()}`);
  return file;
}

/** A folder of its own for a test, with these files in it; it goes when all tests are done. */
export function folderWith(files: Record<string, string | object>): string {
  mkdirSync(SCRATCH, { recursive: true });
  const folder = mkdtempSync(join(SCRATCH, "test-"));
  for (const [name, content] of Object.entries(files)) {
    // As it should be: of what others may read the server warns.
    const mode = 0o600;
    writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content), {
      mode,
    });
  }
  return folder;
}

/** A program that has ended. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the executable to its end. */
export function run(args: readonly string[], cwd = ROOT): Ended {
  const { exitCode, stdout, stderr } = Bun.spawnSync([executable(), ...args], { cwd, timeout: 20_000 });
  return { code: exitCode, out: stdout.toString(), err: stderr.toString() };
}

/** Notes that a child runs, so that it ends with the tests at the latest; gives the note, to be removed at its end. */
export function noted({ pid }: { readonly pid: number }): string {
  const note = join(SCRATCH, "running", String(pid));
  mkdirSync(dirname(note), { recursive: true });
  writeFileSync(note, "");
  return note;
}

/** A server that runs. */
export interface Program {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Where it runs, with its config.json. */
  readonly folder: string;
  /** What it wrote so far. */
  out(): string;
  /** Waits until what it wrote holds this text, or is what this test looks for. */
  wrote(what: string | ((out: string) => boolean)): Promise<void>;
  /** Sends a signal (SIGINT by default: it stops without a drain) and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<Ended>;
}

/** The seed's config on a free port, with other members of `server.http` and another `log`. */
export function configWith(http: object = {}, log: object = {}) {
  return {
    server: { http: { host: "127.0.0.1", port: 0, allowed_tokens: ["token1", "token2"], ...http } },
    log: { level: [{ logger: "server_logger", level: "DEBUG" }], ...log },
  };
}

/** Starts a server in a folder with this config.json and waits until it listens. */
export async function start(
  config: string | object = configWith(),
  command = [executable()],
): Promise<Program> {
  const folder = folderWith({ "config.json": config });
  const child = Bun.spawn(command, {
    cwd: folder,
    stdout: "pipe",
    stderr: "pipe",
  });
  const running = noted(child);
  let out = "";
  let waiting: { isThere: (out: string) => boolean; resolve: () => void }[] = [];
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of child.stdout) {
      out += decoder.decode(chunk, { stream: true });
      waiting = waiting.filter(({ isThere, resolve }) => !isThere(out) || resolve());
    }
  })();
  const err = new Response(child.stderr).text();
  const wrote = async (what: string | ((out: string) => boolean)) => {
    const isThere = typeof what === "string" ? (all: string) => all.includes(what) : what;
    if (isThere(out)) return;
    const written = new Promise<void>((resolve) => waiting.push({ isThere, resolve }));
    await Promise.race([
      written,
      reading.then(async () => {
        throw new Error(`ended without writing ${what}: ${out}${await err}`);
      }),
    ]);
  };
  await wrote(" listens on ");
  const url = /listens on ((?:https?|unix):\S+?(?::(\d+))?) (?:and|with)/.exec(out);
  return {
    url: String(url?.[1]),
    port: Number(url?.[2]),
    pid: child.pid,
    folder,
    out: () => out,
    wrote,
    async stop(signal = "SIGINT") {
      child.kill(signal);
      const code = await child.exited;
      rmSync(running, { force: true });
      await reading;
      return { code, out, err: await err };
    },
  };
}

/** A port that was free a moment ago, for a program that can't tell which one it took for port 0. */
export function freePort(): number {
  const taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  taken.stop(true);
  return taken.port;
}
