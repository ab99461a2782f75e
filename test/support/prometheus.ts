import { join } from "node:path";
import { startOther, type OtherProgram } from "./other-program.ts";
import { folderWith } from "./program.ts";

/** A Prometheus that runs, its HTTP API on loopback. It ends when it is disposed of. */
export interface Prometheus extends Pick<OtherProgram, "ended">, AsyncDisposable {
  readonly api: string;
}

/** The config of a Prometheus that scrapes a host and port each second. Its config is YAML, and JSON is. */
export function scrapeConfig(target: string): string {
  return JSON.stringify({
    global: EVERY_SECOND,
    scrape_configs: [{ job_name: "token-server", static_configs: [{ targets: [target] }] }],
  });
}

/** Scrapes as often as a test has the patience for. */
export const EVERY_SECOND = { scrape_interval: "1s", scrape_timeout: "1s" };

/** Starts a Prometheus with this config, in YAML, and waits until it listens. */
export async function startPrometheus(config: string): Promise<Prometheus> {
  const folder = folderWith({ "prometheus.yml": config });
  const command = [
    "prometheus",
    `--config.file=${join(folder, "prometheus.yml")}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    "--web.listen-address=127.0.0.1:0",
  ];
  const program = await startOther(command, /msg="Listening on".* address=(\S+)/);
  const [, address] = program.ready;
  return {
    api: `http://${address}/api/v1`,
    ended: program.ended,
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
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

/** Nothing while Prometheus is not ready. */
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

/** What Prometheus reports of its targets. */
export async function targets({ api }: Prometheus): Promise<readonly object[]> {
  const { data } = (await (await fetch(`${api}/targets`)).json()) as { data: { activeTargets: object[] } };
  return data.activeTargets;
}
