import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkAnswers } from "./check-answers.ts";
import { firstLine, type Contender } from "./contenders.ts";
import { measure, type Entry, type Row, type RowForm } from "./row.ts";
import { folderOf, run, SERVER_CPU, type Running } from "./running.ts";

/** What of the benchmark runs. */
export interface SessionOptions {
  readonly quick: boolean;
  /** In lower case: part of the title of a row or of the name of a peer; empty for all. */
  readonly only: string;
  readonly rounds: number;
  /** Every title that a part of the benchmark can measure. */
  readonly titles: readonly string[];
  /** Those of them that a quick run measures. */
  readonly quickTitles: readonly string[];
}

/** One run of the benchmark: what it started, measured and skipped so far. */
export interface Session {
  readonly quick: boolean;
  /** A folder that is removed at the end. */
  readonly root: string;
  readonly rows: readonly Row[];
  readonly skipped: ReadonlySet<string>;
  readonly versions: Readonly<Record<string, string>>;
  wanted(title: string): boolean;
  /** Those of the peers that this run measures. */
  peers(all: readonly Contender[]): readonly Contender[];
  /** Prepares and starts a contender and checks its answers; null, with a line in the report, where it can't be had. */
  ready(contender: Contender, form?: string, cpu?: string): Promise<Running | null>;
  /** Measures a row of the entries that are there, if it is wanted and there is something to compare. */
  row(title: string, entries: readonly (Entry | null)[], form?: RowForm): Promise<void>;
  skip(why: string): void;
  progress(text: string): void;
  stop(): Promise<void>;
}

/** Starts a run with nothing in it. */
export function session({ quick, only, rounds, titles, quickTitles }: SessionOptions): Session {
  const named = titles.some((title) => title.toLowerCase().includes(only));
  const root = mkdtempSync(join(tmpdir(), "token-server-bench-"));
  const started: Running[] = [];
  const skipped = new Set<string>();
  const versions: Record<string, string> = {};
  const rows: Row[] = [];

  /** A name that no row has is that of a peer. */
  const wanted = (title: string) =>
    only !== "" && named ? title.toLowerCase().includes(only) : !quick || quickTitles.includes(title);

  function progress(text: string): void {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
    else console.error(text);
  }

  async function ready(contender: Contender, form = "", cpu = SERVER_CPU): Promise<Running | null> {
    progress(`${contender.name}${form}: starting`);
    const version = contender.version();
    if (version === null) {
      skipped.add(`${contender.product} is not installed (${contender.install})`);
      return null;
    }
    try {
      const folder = folderOf(root, contender, form);
      contender.prepare?.(folder);
      const running = await run(contender, folder, cpu);
      started.push(running);
      await checkAnswers(running);
      versions[contender.product] = version;
      return running;
    } catch (fault) {
      skipped.add(`${contender.name}${form}: ${String(fault).split("\n").slice(0, 3).join(" ")}`);
      return null;
    }
  }

  async function row(title: string, all: readonly (Entry | null)[], form: RowForm = {}): Promise<void> {
    const entries = all.filter((entry) => entry !== null);
    if (!wanted(title) || entries.length < 2) return;
    const { failed, ...measured } = await measure({
      ...form,
      title,
      entries,
      rounds,
      folder: root,
      progress,
    });
    if (measured.results.length > 0) rows.push(measured);
    for (const text of failed) skipped.add(`${title}: ${text}`);
  }

  return {
    quick,
    root,
    rows,
    skipped,
    versions,
    wanted,
    peers: (all) =>
      all.filter(({ name }) =>
        quick ? name.startsWith("nginx") : only === "" || named || name.toLowerCase().includes(only),
      ),
    ready,
    row,
    skip: (why) => void skipped.add(why),
    progress,
    async stop() {
      await Promise.all(started.map((one) => one.stop()));
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** The version of wrk, as the package manager knows it. */
export function wrkVersion(): string {
  return firstLine(["dpkg-query", "-W", "-f", "${Version}", "wrk"]) ?? "";
}
