import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { storeUrl, type PostgresUrl } from "../../src/stores/store-url.ts";
import type { Certified } from "./certificates.ts";
import { startOther, type OtherProgram } from "./other-program.ts";
import { folderWith, freePort } from "./program.ts";
import { SCRATCH } from "./tidy.ts";

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

/** Makes and starts a server, with TLS if it has a certificate. Takes a second or two. */
export async function postgres(tls?: Certified): Promise<Postgres> {
  const files = tls ? { "tls.pem": tls.cert, "tls.key": tls.key } : {};
  const folder = folderWith(files);
  const owner = ownerOf();
  const owned = [folder, ...Object.keys(files).map((name) => join(folder, name))];
  if (owner !== null) for (const name of owned) chownSync(name, owner, owner);
  const data = join(folder, "data");
  succeed(asUser(owner, "cp", ["-a", cluster(), data]), folder);
  const port = freePort();
  const command = asUser(owner, program("postgres"), [
    ...["-D", data, "-p", String(port), "-k", folder, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"],
    ...(tls
      ? ["-c", "ssl=on", "-c", `ssl_cert_file=${folder}/tls.pem`, "-c", `ssl_key_file=${folder}/tls.key`]
      : []),
  ]);
  const urlOf = (database: string) =>
    storeUrl(`postgres://owner:${PASSWORD}@127.0.0.1:${port}/${database}`, folder) as PostgresUrl;
  let running: OtherProgram | null = null;
  let databases = 0;

  const server: Postgres = {
    async database() {
      const name = `test${(databases += 1)}`;
      await query(urlOf("postgres"), `CREATE DATABASE ${name}`);
      return urlOf(name);
    },
    async start() {
      running = await startOther(command, /ready to accept connections/);
    },
    async kill() {
      await running?.[Symbol.asyncDispose]();
      running = null;
      // Its shared memory is in use until they have ended. They are no children of ours, so their end is no event.
      while (signal("SIGKILL") > 0) await Bun.sleep(5);
      // Another process may have its id by now, and it would not start then.
      rmSync(join(data, "postmaster.pid"), { force: true });
    },
    freeze: () => void signal("SIGSTOP"),
    thaw: () => void signal("SIGCONT"),
    [Symbol.asyncDispose]: () => server.kill(),
  };
  /** Sends a signal to all of its processes, and returns how many there are. */
  const signal = (name: NodeJS.Signals) => {
    const all = processesIn(data);
    for (const pid of all) {
      try {
        process.kill(pid, name);
      } catch {
        // It has ended in the meantime.
      }
    }
    return all.length;
  };
  await server.start();
  return server;
}

/** Runs a statement as another program does, over a connection of its own, and returns its rows. */
export async function query({ url }: PostgresUrl, statement: string) {
  const sql = new Bun.SQL(url, { max: 1 });
  try {
    return await sql.unsafe(statement);
  } finally {
    await sql.close();
  }
}

/** How long making and starting a server may take on a busy machine. */
export const START_TIMEOUT = 60_000;

const PASSWORD = "a-secret-password";

/** PostgreSQL does not run as root: the user to run it as where we are root. */
function ownerOf(): number | null {
  if (process.getuid?.() !== 0) return null;
  const postgres = /^postgres:[^:]*:(\d+):/m.exec(readFileSync("/etc/passwd", "utf8"));
  return Number(postgres?.[1] ?? 65534);
}

/** A command that runs as a user. */
function asUser(user: number | null, program: string, args: readonly string[]): string[] {
  const command = [program, ...args];
  return user === null
    ? command
    : ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--clear-groups", ...command];
}

function program(name: string): string {
  return join(POSTGRES_PROGRAMS ?? "", name);
}

/** The files of a new server, which are copied for each: to make them takes seconds. */
function cluster(): string {
  const folder = join(SCRATCH, "postgres");
  const made = join(folder, "made");
  if (existsSync(made)) return made;
  const owner = ownerOf();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "password"), PASSWORD);
  if (owner !== null) chownSync(folder, owner, owner);
  const data = join(folder, "new");
  const options = ["-U", "owner", "--auth=scram-sha-256", "--pwfile", join(folder, "password")];
  succeed(
    asUser(owner, program("initdb"), ["-D", data, ...options, "--no-sync", "--encoding=UTF8", "--no-locale"]),
    folder,
  );
  renameSync(data, made);
  return made;
}

function succeed(command: string[], cwd: string): void {
  const { exitCode, signalCode, stdout, stderr } = Bun.spawnSync(command, { cwd });
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${exitCode ?? signalCode} ${stdout}${stderr}`);
}

/** The processes whose folder this is, as its data are of those of PostgreSQL. */
function processesIn(folder: string): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && folderOf(name) === folder)
    .map(Number);
}

function folderOf(pid: string): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null;
  }
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
