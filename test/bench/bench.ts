import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { chart } from "./chart.ts";
import { CHECK_TITLES, checkPart } from "./check-part.ts";
import { must } from "./contenders.ts";
import { goals } from "./goals.ts";
import { PROXY_TITLES, proxyPart } from "./proxy/proxy-part.ts";
import { markdown, type Report } from "./report.ts";
import { LOAD_CPU } from "./running.ts";
import { session, wrkVersion } from "./session.ts";

const USAGE = `bun run bench [--quick] [--only NAME] [--json FILE] [--svg FILE]

Measures token-server beside what one would use instead, in turn, in one run.

  --quick      A minute or two: beside the floor and nginx only, the main workloads, two rounds.
  --only NAME  Only the workloads, or the peers, whose name contains this: "proxy" for all that forward.
  --rounds N   So many rounds of each row; 5 by default.
  --json FILE  Writes all figures.
  --svg FILE   Draws the chart of the accepted, the refused and the proxied requests.
`;

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    only: { type: "string", default: "" },
    json: { type: "string" },
    svg: { type: "string" },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (options.help) {
  console.log(USAGE);
  process.exit(0);
}
for (const [tool, install] of [
  ["wrk", "apt-get install wrk"],
  ["taskset", "apt-get install util-linux"],
] as const) {
  if (Bun.which(tool) === null) {
    console.error(`${tool} drives the benchmark and is not installed: ${install}`);
    process.exit(1);
  }
}
// The servers' processor is theirs alone.
must(["taskset", "--all-tasks", "-cp", LOAD_CPU, String(process.pid)], ".");

const QUICK = [
  "Accepted",
  "Accepted, 1,000 URLs",
  "Refused: a bad token",
  "Refusing beside serving",
  "Logging",
  "First answer and memory at rest",
  "Proxy, 64 connections",
];
const DRAWN = ["Accepted", "Refused: a bad token", "Proxy, 64 connections"];
const rounds = Number(options.rounds ?? (options.quick ? 2 : 5));
const run = session({
  quick: options.quick,
  only: options.only.toLowerCase(),
  rounds,
  titles: [...CHECK_TITLES, ...PROXY_TITLES],
  quickTitles: QUICK,
});

async function measured(): Promise<Report> {
  const { idle, ...figures } = await checkPart(run);
  await proxyPart(run);
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} cores, Linux`,
    rounds,
    versions: { wrk: wrkVersion(), ...run.versions },
    skipped: [...run.skipped],
    rows: run.rows,
    costs: figures.costs,
    idle,
    goals: goals(run.rows, figures),
  };
}

let code = 0;
try {
  const report = await measured();
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  console.log(markdown(report));
  if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 1)}\n`);
  const drawn = report.rows.filter(({ title }) => DRAWN.includes(title));
  const names = drawn.flatMap(({ results }) => results.map(({ name }) => name));
  const ours = names.filter((name) => name.startsWith("token-server"));
  if (options.svg) writeFileSync(options.svg, chart(drawn, ours));
} catch (fault) {
  console.error(`the benchmark stopped: ${String(fault)}`);
  code = 1;
} finally {
  await run.stop();
}
process.exit(code);
