import { rmSync } from "node:fs";
import { join } from "node:path";
import { folderWith, freePort, noted } from "./program.ts";

/** A Prometheus that runs, its HTTP API on loopback. It ends when it is disposed of. */
export interface Prometheus extends AsyncDisposable {
  readonly api: string;
  /** Rejects with what it wrote, should it end by itself. */
  readonly ended: Promise<never>;
}

/** Starts a Prometheus that scrapes a host and port each second. */
export function startPrometheus(target: string): Prometheus {
  const config = {
    global: { scrape_interval: "1s", scrape_timeout: "1s" },
    scrape_configs: [{ job_name: "token-server", static_configs: [{ targets: [target] }] }],
  };
  // Its config is YAML, and JSON is.
  const folder = folderWith({ "prometheus.yml": config });
  const address = `127.0.0.1:${freePort()}`;
  const child = Bun.spawn(
    [
      "prometheus",
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=${address}`,
      "--log.level=warn",
    ],
    { stdin: "ignore", stdout: "ignore", stderr: "pipe" },
  );
  const running = noted(child);
  const written = new Response(child.stderr).text();
  const ended = child.exited.then(async (code) => {
    throw new Error(`prometheus ended with ${code}: ${await written}`);
  });
  ended.catch(() => {});
  return {
    api: `http://${address}/api/v1`,
    ended,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
      rmSync(running, { force: true });
    },
  };
}

/** Asks until there is an answer: labels and value of each series, without those that Prometheus adds. */
export async function ask({ api, ended }: Prometheus, query: string): Promise<unknown[]> {
  const end = performance.now() + DEADLINE;
  while (performance.now() < end) {
    const result = await Promise.race([answerOf(`${api}/query?${new URLSearchParams({ query })}`), ended]);
    if (result.length > 0) {
      return result.map(({ metric: { __name__, instance, job, ...labels }, value }) => [labels, value[1]]);
    }
    await Bun.sleep(50);
  }
  throw new Error(`Prometheus knows nothing of ${query} after ${DEADLINE} ms`);
}

interface Answer {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** Nothing while Prometheus does not listen yet or is not ready. */
async function answerOf(url: string): Promise<readonly Answer[]> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    if (!response.ok) return [];
    const { data } = (await response.json()) as { data: { result: readonly Answer[] } };
    return data.result;
  } catch {
    return [];
  }
}

/** How long Prometheus may take to start and to scrape for the first time. */
const DEADLINE = 15_000;
