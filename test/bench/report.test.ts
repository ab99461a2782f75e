import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { chart } from "./chart.ts";
import { markdown, reached, type Report } from "./report.ts";
import { FLOOR } from "./contenders.ts";
import type { Workload } from "./load.ts";
import { measure, median, type Row } from "./row.ts";
import type { Running } from "./running.ts";

const ROW: Row = {
  title: "Accepted",
  unit: "requests/s",
  base: "bare <1>",
  disturbance: 0.04,
  results: [
    {
      name: "bare <1>",
      rates: [100, 300, 200],
      median: 200,
      quartiles: [100, 300],
      toBase: 1,
      toBestPeer: null,
      added: null,
      p50: 1,
      p99: 2,
      processor: 7.25,
    },
    {
      name: "ours",
      rates: [90],
      median: 90,
      quartiles: [90, 90],
      toBase: 0.45,
      toBestPeer: 1.5,
      added: null,
      p50: 1.234,
      p99: 2,
      processor: 7.25,
    },
  ],
};
const REPORT: Report = {
  date: "2026-01-02",
  machine: "a machine",
  rounds: 5,
  versions: { wrk: "4.1" },
  skipped: ["nginx is not installed (apt-get install nginx-light)"],
  rows: [ROW],
  costs: [{ name: "ours", firstAnswer: 9.6, memory: 40e6, anonymous: 12e6 }],
  idle: [{ name: "ours", connections: 10, each: 1234.5 }],
  goals: [
    { what: "a ratio", atLeast: 0.95, measured: 0.9, unit: "" },
    { what: "a time", atMost: 30, measured: 9.6, unit: "ms" },
  ],
};

test("median() is the middle, or the mean of the two", () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([])]).toEqual([2, 2.5, NaN]);
});

test("reached() compares with what must be reached", () => {
  expect(
    [0.94, 0.95, NaN].map((measured) => reached({ what: "", atLeast: 0.95, measured, unit: "" })),
  ).toEqual([false, true, false]);
  expect([30, 31].map((measured) => reached({ what: "", atMost: 30, measured, unit: "" }))).toEqual([
    true,
    false,
  ]);
});

test("markdown() shows every figure, what was skipped and what fell short", () => {
  const text = markdown(REPORT).replace(/ +/g, " ");
  expect(text).toContain("Skipped: nginx is not installed (apt-get install nginx-light).");
  expect(text).toContain("| ours | 90 | 90 to 90 | 0.45 | 1.50 | 7.3 us | 1.23 ms | 2.00 ms |");
  expect(text).toContain("| ours | 10 ms | 40 MB | 12 MB |");
  expect(text).toContain("| ours | 10 | 1235 bytes |");
  expect(text).toContain("| a ratio | at least 0.95 | 0.90 | **short** |");
  expect(text).toContain("| a time | at most 30 ms | 10 ms | reached |");
  expect(text).toContain("\n\nOther programs had up to 4 % of the servers' processor.\n");
});

test("markdown() shows the time that a proxy adds, and no percentiles of a single transfer", () => {
  const results = ROW.results.map((result) => ({ ...result, added: 12.4, p50: NaN, p99: NaN }));
  const text = markdown({ ...REPORT, rows: [{ ...ROW, unit: "MB/s", results }] }).replace(/ +/g, " ");
  expect(text).toContain(
    "| | MB/s | half of the rounds | to bare <1> | to the best peer | added time | processor | p50 | p99 |",
  );
  expect(text).toContain("| ours | 90 | 90 to 90 | 0.45 | 1.50 | 12 us | 7.3 us | | |");
});

test("measure() leaves out what fails, with the reason, and closes what it prepared", async () => {
  const running = { port: 1, processorTime: () => 0 } as Running;
  let open = 0;
  const workload = (rate: number): Workload => ({
    async prepare() {
      open += 1;
      return () => void (open -= 1);
    },
    async burst() {
      if (Number.isNaN(rate)) throw new Error("3 requests failed\nin detail");
      return { requests: 1, rate, p50: 1, p99: 2 };
    },
  });
  const row = await measure({
    title: "",
    entries: [
      { name: "fails", running, workload: workload(NaN) },
      { name: "half", running, workload: workload(50_000) },
      { name: "all", running, workload: workload(100_000) },
    ].map((entry) => ({ ...entry, running: { ...running, contender: FLOOR } })),
    rounds: 2,
    folder: "",
    oneByOne: true,
    progress() {},
  });
  expect(row.failed).toEqual(["fails: Error: 3 requests failed"]);
  expect(row.base).toBe("half");
  expect(row.results.map(({ name, rates, toBase, added }) => ({ name, rates, toBase, added }))).toEqual([
    { name: "half", rates: [50_000, 50_000], toBase: 1, added: 0 },
    { name: "all", rates: [100_000, 100_000], toBase: 2, added: -10 },
  ]);
  expect(open).toBe(0);
});

test("markdown() warns where other programs had too much of the servers' processor", () => {
  const text = markdown({ ...REPORT, rows: [ROW, { ...ROW, disturbance: 0.061 }] });
  expect(text).toContain("up to 6 % of the servers' processor: **the ratios are not sound**.");
});

test("chart() draws a bar for each contender, the fastest first and ours marked", () => {
  const svg = chart([ROW], ["ours"]);
  expect(svg.match(/<rect x="150"[^>]*>/g)).toEqual([
    '<rect x="150" y="44" width="520" height="16" class="other"/>',
    '<rect x="150" y="64" width="234" height="16" class="ours"/>',
  ]);
  expect(svg).toContain(">bare &lt;1><");
});

describe("bun run bench", () => {
  const bench = (args: readonly string[], PATH = process.env["PATH"]) => {
    const ended = Bun.spawnSync([process.execPath, join(import.meta.dir, "bench.ts"), ...args], {
      env: { ...process.env, PATH },
    });
    return { code: ended.exitCode, out: ended.stdout.toString(), err: ended.stderr.toString() };
  };
  test("--help says what it takes", () => {
    const { code, out } = bench(["--help"]);
    expect(code).toBe(0);
    for (const flag of ["--quick", "--only NAME", "--json FILE", "--svg FILE"]) expect(out).toContain(flag);
  });
  test("says what drives it where that is missing", () => {
    expect(bench([], "/nowhere")).toEqual({
      code: 1,
      out: "",
      err: "wrk drives the benchmark and is not installed: apt-get install wrk\n",
    });
  });
});
