import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chart } from "./chart.ts";
import { checkAnswers } from "./check-answers.ts";
import * as contenders from "./contenders.ts";
import { BARE, firstLine, FLOOR, LOGGING_SERVER, ours, READING_SERVER, SERVER } from "./contenders.ts";
import { goals } from "./goals.ts";
import { idleConnections } from "./idle.ts";
import { ACCEPTED, BAD_TOKEN, MIX, NO_TOKEN, post, rotating } from "./load.ts";
import { PEERS } from "./peers.ts";
import { markdown, type Cost, type Report } from "./report.ts";
import { measure, median, type Entry, type Row } from "./row.ts";
import { folderOf, LOAD_CPU, run, type Running } from "./running.ts";

const USAGE = `bun run bench [--quick] [--only NAME] [--json FILE] [--svg FILE]

Measures token-server beside what one would use instead, in turn, in one run.

  --quick      A minute or two: beside the floor and nginx only, the main workloads, two rounds.
  --only NAME  Only the peers, or the workloads, whose name contains this.
  --rounds N   So many rounds of each row; 5 by default.
  --json FILE  Writes all figures.
  --svg FILE   Draws the chart of the accepted and the refused requests.
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
contenders.must(["taskset", "--all-tasks", "-cp", LOAD_CPU, String(process.pid)], ".");

const only = options.only.toLowerCase();
const onlyPeer = PEERS.some(({ name }) => name.toLowerCase().includes(only));
const QUICK = [
  "Accepted",
  "Accepted, 1,000 URLs",
  "Refused: a bad token",
  "Refusing beside serving",
  "Logging",
  "First answer and memory at rest",
];
const wanted = (title: string) =>
  only === "" || onlyPeer ? !options.quick || QUICK.includes(title) : title.toLowerCase().includes(only);
const rounds = Number(options.rounds ?? (options.quick ? 2 : 5));
const root = mkdtempSync(join(tmpdir(), "token-server-bench-"));
const started: Running[] = [];
const skipped = new Set<string>();
const versions: Record<string, string> = {
  wrk: firstLine(["dpkg-query", "-W", "-f", "${Version}", "wrk"]) ?? "",
};

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else console.error(text);
}

/** Prepares and starts a contender and checks its answers; null where it can't be had. */
async function ready(contender: contenders.Contender, form = ""): Promise<Running | null> {
  progress(`${contender.name}${form}: starting`);
  const version = contender.version();
  if (version === null) {
    skipped.add(`${contender.product} is not installed (${contender.install})`);
    return null;
  }
  try {
    const folder = folderOf(root, contender, form);
    contender.prepare?.(folder);
    const running = await run(contender, folder);
    started.push(running);
    await checkAnswers(running);
    versions[contender.product] = version;
    return running;
  } catch (fault) {
    skipped.add(`${contender.name}: ${String(fault).split("\n").slice(0, 3).join(" ")}`);
    return null;
  }
}

const rows: Row[] = [];
async function row(title: string, entries: readonly (Entry | null)[]): Promise<void> {
  const there = entries.filter((entry) => entry !== null);
  if (wanted(title) && there.length > 1) rows.push(await measure(title, there, rounds, root, progress));
}

const entry = (
  running: Running | null,
  lua: string,
  connections = 64,
  name = running?.contender.name,
): Entry | null => running && { name: name ?? "", running, load: { lua, connections } };

async function main(): Promise<Report> {
  const peers = PEERS.filter(({ name }) =>
    options.quick ? name.startsWith("nginx") : !onlyPeer || name.toLowerCase().includes(only),
  );
  const floor = await ready(FLOOR);
  const logging = await ready(LOGGING_SERVER);
  const plain = await ready(SERVER);
  const running = [floor, logging, plain];
  for (const one of options.quick ? peers : [BARE, ...peers]) running.push(await ready(one));
  if (!floor || !logging || !plain) throw new Error([...skipped].join("\n"));

  for (const [title, lua] of [
    ["Accepted", ACCEPTED],
    ["Accepted, 1,000 URLs", rotating("token1")],
    ["Refused: a bad token", BAD_TOKEN],
    ["Refused: a bad token, 1,000 URLs", rotating("token3")],
    ["Refused: no token", NO_TOKEN],
    ["One in ten accepted", MIX],
  ] as const) {
    await row(
      title,
      running.map((one) => entry(one, lua)),
    );
  }
  await row("Refusing beside serving", [
    entry(logging, ACCEPTED, 64, "accepted"),
    entry(logging, BAD_TOKEN, 64, "bad token"),
    entry(logging, NO_TOKEN, 64, "no token"),
  ]);

  if (wanted("Accepted POST of 1 KB") || wanted("Accepted POST of 512 KB")) {
    const reading = running.slice(3).filter((one) => one?.contender.reads);
    const all = [floor, await ready(READING_SERVER, " reading"), ...reading];
    for (const [title, size] of [
      ["Accepted POST of 1 KB", 1024],
      ["Accepted POST of 512 KB", 512 * 1024],
    ] as const) {
      await row(
        title,
        all.map((one) => entry(one, post(size))),
      );
    }
  }

  if (wanted("Logging")) {
    const debug = await ready(ours({ name: "token-server debug", level: "DEBUG" }));
    await row("Logging", [
      entry(plain, ACCEPTED, 64, "no line"),
      entry(logging, ACCEPTED, 64, "INFO"),
      entry(debug, ACCEPTED, 64, "DEBUG"),
    ]);
  }
  for (const connections of [1, 64, 1024]) {
    await row(
      `Accepted, ${connections} connections`,
      [floor, logging, plain].map((one) => entry(one, ACCEPTED, connections)),
    );
  }

  let startWithMillion = NaN;
  let memoryPerToken = NaN;
  if (wanted("A million tokens")) {
    const tokens = () => ["token1", "token2", ...randomTokens(999_998)];
    const million = await ready(ours({ name: "token-server million", tokens }));
    await row("A million tokens", [
      entry(logging, ACCEPTED, 64, "two tokens"),
      entry(million, ACCEPTED, 64, "a million tokens"),
    ]);
    if (million) {
      startWithMillion = million.firstAnswer;
      const small = await run(LOGGING_SERVER, folderOf(root, LOGGING_SERVER));
      const large = await run(million.contender, folderOf(root, million.contender));
      await Bun.sleep(2_000);
      memoryPerToken = (large.memory() - small.memory()) / 1e6;
      await Promise.all([small.stop(), large.stop()]);
    }
  }

  const idle = [];
  if (wanted("Idle connections")) {
    for (const one of [floor, logging]) {
      progress(`Idle connections: ${one.contender.name}`);
      idle.push({ name: one.contender.name, ...(await idleConnections(one, 10_000)) });
    }
  }
  const costs: Cost[] = [];
  if (wanted("First answer and memory at rest")) {
    for (const one of running.filter((each) => each !== null)) costs.push(await costOf(one.contender));
  }
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} cores, Linux`,
    rounds,
    versions,
    skipped: [...skipped],
    rows,
    costs,
    idle,
    goals: goals(rows, { costs, startWithMillion, memoryPerToken }),
  };
}

/** Starts a contender several times and takes the medians. */
async function costOf(contender: contenders.Contender): Promise<Cost> {
  const starts: Omit<Cost, "name">[] = [];
  for (let start = 1; start <= (options.quick ? 5 : 11); start += 1) {
    progress(`First answer: ${contender.name}, start ${start}`);
    const running = await run(contender, folderOf(root, contender));
    const { firstAnswer } = running;
    starts.push({ firstAnswer, memory: running.memory(), anonymous: running.memory("anonymous") });
    await running.stop();
  }
  return {
    name: contender.name,
    firstAnswer: median(starts.map(({ firstAnswer }) => firstAnswer)),
    memory: median(starts.map(({ memory }) => memory)),
    anonymous: median(starts.map(({ anonymous }) => anonymous)),
  };
}

/** Random tokens as `openssl rand` would make them. */
function randomTokens(amount: number): string[] {
  return Array.from({ length: amount }, () =>
    crypto.getRandomValues(new Uint8Array(32)).toBase64({ alphabet: "base64url" }),
  );
}

let code = 0;
try {
  const report = await main();
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  console.log(markdown(report));
  if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 1)}\n`);
  const drawn = report.rows.filter(({ title }) => title === "Accepted" || title === "Refused: a bad token");
  if (options.svg) writeFileSync(options.svg, chart(drawn, [SERVER.name, LOGGING_SERVER.name]));
} catch (fault) {
  console.error(`the benchmark stopped: ${String(fault)}`);
  code = 1;
} finally {
  await Promise.all(started.map((one) => one.stop()));
  rmSync(root, { recursive: true, force: true });
}
process.exit(code);
