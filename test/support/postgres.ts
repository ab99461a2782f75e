import { chownSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { storeUrl, type PostgresUrl } from "../../src/stores/store-url.ts";
import { startOther, type OtherProgram } from "./other-program.ts";
import { folderWith, freePort } from "./program.ts";

/** A PostgreSQL server of a test's own, with an empty database, on the loopback. Stopped when it is disposed of. */
export interface Postgres extends AsyncDisposable {
  /** Makes a new, empty database. */
  database(): Promise<PostgresUrl>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  /** Starts it again, on the same port. */
  start(): Promise<void>;
  /** Stops each of its processes where it is, so that connections stay open and nothing answers. */
  freeze(): void;
  thaw(): void;
}

/** The folder of PostgreSQL's programs, which Debian keeps off the path; null where they are not installed. */
export const POSTGRES_PROGRAMS = programs();

/** Makes and starts a server. Takes a second or two. */
export async function postgres(): Promise<Postgres> {
  const folder = folderWith({ password: PASSWORD });
  const owner = ownerOf();
  if (owner !== null) {
    chownSync(folder, owner, owner);
    chownSync(join(folder, "password"), owner, owner);
  }
  const program = (name: string) => [...asUser(owner), join(POSTGRES_PROGRAMS ?? "", name)];
  const data = join(folder, "data");
  const made = Bun.spawnSync(
    [
      ...program("initdb"),
      ...["-D", data, "-U", "owner", "--auth=scram-sha-256", "--pwfile", join(folder, "password")],
      ...["--no-sync", "--encoding=UTF8", "--no-locale"],
    ],
    { cwd: folder },
  );
  if (made.exitCode !== 0) throw new Error(`initdb failed: ${made.stderr.toString()}`);
  const port = freePort();
  const command = [
    ...program("postgres"),
    ...["-D", data, "-p", String(port), "-k", folder, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"],
  ];
  const urlOf = (database: string) =>
    storeUrl(`postgres://owner:${PASSWORD}@127.0.0.1:${port}/${database}`, folder) as PostgresUrl;
  let running: OtherProgram | null = null;
  let databases = 0;

  const server: Postgres = {
    async database() {
      const name = `test${(databases += 1)}`;
      const sql = new Bun.SQL(urlOf("postgres").url, { max: 1 });
      await sql.unsafe(`CREATE DATABASE ${name}`);
      await sql.close();
      return urlOf(name);
    },
    async start() {
      running = await startOther(command, /ready to accept connections/);
    },
    async kill() {
      if (running === null) return;
      signal("SIGSTOP");
      const children = childrenOf(running.pid);
      signal("SIGKILL");
      await running[Symbol.asyncDispose]();
      running = null;
      // Its shared memory is in use until then. They are no children of ours, so their end is no event.
      while (children.some(isRunning)) await Bun.sleep(5);
    },
    freeze: () => signal("SIGSTOP"),
    thaw: () => signal("SIGCONT"),
    [Symbol.asyncDispose]: () => server.kill(),
  };
  const signal = (name: NodeJS.Signals) => {
    if (running === null) return;
    // First itself, so that it starts no other.
    for (const pid of [running.pid, ...childrenOf(running.pid)]) {
      try {
        process.kill(pid, name);
      } catch {
        // It has ended in the meantime.
      }
    }
  };
  await server.start();
  return server;
}

const PASSWORD = "a-secret-password";

/** PostgreSQL does not run as root: the user to run it as where we are root. */
function ownerOf(): number | null {
  if (process.getuid?.() !== 0) return null;
  const postgres = /^postgres:[^:]*:(\d+):/m.exec(readFileSync("/etc/passwd", "utf8"));
  return Number(postgres?.[1] ?? 65534);
}

function asUser(user: number | null): readonly string[] {
  return user === null ? [] : ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--clear-groups"];
}

function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
}

function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

function programs(): string | null {
  const found = Bun.which("postgres");
  if (found !== null) return join(found, "..");
  try {
    const versions = readdirSync("/usr/lib/postgresql").toSorted((a, b) => Number(b) - Number(a));
    const [newest] = versions.map((version) => join("/usr/lib/postgresql", version, "bin"));
    return newest ?? null;
  } catch {
    return null;
  }
}
