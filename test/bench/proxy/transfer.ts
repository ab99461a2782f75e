import type { Workload } from "../load.ts";
import { LOAD_CPU } from "../running.ts";
import { LARGE } from "./upstreams.ts";

const AUTHORIZATION = ["-H", "Authorization: Token token1"];

/** One download of the large file, by curl. */
export const DOWNLOAD: Workload = {
  async burst(port) {
    const out = await curl(["-o", "/dev/null", `http://127.0.0.1:${port}/large`]);
    return transferred(out, ({ down }) => down);
  },
};

/** One upload of this file, by curl; the upstream says how much of it came. */
export function upload(file: string): Workload {
  return {
    async burst(port) {
      // Without Expect, whose answer some proxies wait for and others don't.
      const args = ["-T", file, "-X", "POST", "-H", "Expect:", `http://127.0.0.1:${port}/stream/upload`];
      const out = await curl(args);
      return transferred(out, () => Number(/^\{"bytes":(\d+)\}/.exec(out)?.[1]));
    },
  };
}

async function curl(args: readonly string[]): Promise<string> {
  const shown = '\n{"status":%{http_code},"seconds":%{time_total},"down":%{size_download}}';
  const command = ["taskset", "-c", LOAD_CPU, "curl", "-sS", "-w", shown, ...AUTHORIZATION, ...args];
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "pipe" });
  const [out, err] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if ((await child.exited) !== 0) throw new Error(err.trim());
  return out;
}

interface Transfer {
  readonly status: number;
  readonly seconds: number;
  readonly down: number;
}

/** Counts in megabytes. Throws where not all of it arrived. */
function transferred(out: string, received: (transfer: Transfer) => number) {
  const transfer: Transfer = JSON.parse(out.slice(out.lastIndexOf("\n")));
  const bytes = received(transfer);
  if (transfer.status !== 200 || bytes !== LARGE)
    throw new Error(`${bytes} of ${LARGE} bytes arrived, with status ${transfer.status}`);
  const megabytes = bytes / 1e6;
  return { requests: megabytes, rate: megabytes / transfer.seconds, p50: NaN, p99: NaN };
}
