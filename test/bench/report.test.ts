import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { chart } from "./chart.ts";
import { markdown, reached, type Report } from "./report.ts";
import { median, type Row } from "./row.ts";

const ROW: Row = {
  title: "Accepted",
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
