import { closeSync, mkdirSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Contender } from "./contenders.ts";

/** The processor that the servers run on, and the one that the load comes from. */
export const SERVER_CPU = "0";
export const LOAD_CPU = "1";

/** A contender that runs, as a process of its own. */
export interface Running {
  readonly contender: Contender;
  readonly port: number;
  /** Milliseconds from the start of the process to its first answer. */
  readonly firstAnswer: number;
  /** Bytes of memory that it and its children hold: all of it, or without what is mapped from files. */
  memory(of?: "all" | "anonymous"): number;
  /** Microseconds of the processor that it and its children have used so far. */
  processorTime(): number;
  stop(): Promise<void>;
}

/** Starts a prepared contender and waits for its first answer. What serves the contenders runs beside the load. */
export async function run(contender: Contender, folder: string, cpu = SERVER_CPU): Promise<Running> {
  const port = freePort();
  const command = contender.command(folder, port);
  const output = openSync(join(folder, "output"), "w");
  const start = performance.now();
  const child = Bun.spawn(["taskset", "-c", cpu, ...command], {
    cwd: folder,
    stdin: "ignore",
    stdout: output,
    stderr: output,
    env: { ...process.env, HOME: folder, GOMAXPROCS: "1" },
  });
  closeSync(output);
  for (;;) {
    if (await answers(port)) break;
    if (child.exitCode !== null || performance.now() - start > 30_000) {
      child.kill("SIGKILL");
      throw new Error(
        `${contender.name} did not start: ${readFileSync(join(folder, "output"), "utf8").slice(0, 500)}`,
      );
    }
    await Bun.sleep(0.5);
  }
  const processes = () => [child.pid, ...childrenOf(child.pid)];
  return {
    contender,
    port,
    firstAnswer: performance.now() - start,
    memory: (of = "all") => processes().reduce((sum, pid) => sum + memoryOf(pid, FIELD[of]), 0),
    processorTime: () => processes().reduce((sum, pid) => sum + processorTimeOf(pid), 0),
    async stop() {
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), 5_000);
      await child.exited;
      clearTimeout(late);
    },
  };
}

/** A folder for a contender within that of the run. */
export function folderOf(root: string, contender: Contender, form = ""): string {
  const folder = join(root, `${contender.name}${form}`.replace(/\W+/g, "-"));
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Uses a plain socket: the work of fetch would count as the start of the server. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    let received = "";
    const no = () => resolve(false);
    const data = (_socket: unknown, bytes: Buffer) => {
      received += bytes.toString();
      if (received.includes("pong")) resolve(true);
    };
    const open = (socket: Bun.Socket) => void socket.write(FIRST_REQUEST);
    const socket = { open, data, close: no, error: no, connectError: no };
    Bun.connect({ hostname: "127.0.0.1", port, socket }).catch(no);
  });
}

const FIRST_REQUEST =
  "GET /ping HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Token token1\r\nConnection: close\r\n\r\n";

function freePort(): number {
  const probe = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  probe.stop(true);
  return probe.port;
}

function childrenOf(parent: number): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => parentOf(pid) === parent);
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ")[1]);
  } catch {
    return undefined;
  }
}

function memoryOf(pid: number, field: RegExp): number {
  return Number(field.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
}

/** The time of all threads that are still there. */
function processorTimeOf(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => {
    const text = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8");
    return sum + Number(text.split(" ")[0]) / 1000;
  }, 0);
}

/** Microseconds that the servers' processor has been busy so far, whoever used it; the kernel counts in steps of 10 ms. */
export function busyTime(): number {
  const line = new RegExp(`^cpu${SERVER_CPU} (.*)`, "m").exec(readFileSync("/proc/stat", "utf8"))?.[1] ?? "";
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line.split(" ").map(Number);
  return (user + nice + system + irq + softirq + steal) * 10_000;
}

const FIELD = { all: /VmRSS:\s+(\d+)/, anonymous: /RssAnon:\s+(\d+)/ };
