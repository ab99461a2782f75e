import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chart } from "./chart.ts";
import { BARE, firstLine, ours, PEERS, READING_SERVER, TOKEN_SERVER, type Contender } from "./contenders.ts";
import { idleConnections } from "./idle.ts";
import { ACCEPTED, BAD_TOKEN, MIX, NO_TOKEN, post } from "./load.ts";
import { markdown, type Cost, type Goal, type Report } from "./report.ts";
import { measure, median, type Entry, type Row } from "./row.ts";
import { folderOf, run, type Running } from "./running.ts";

const USAGE = `bun run bench [--quick] [--only NAME] [--json FILE] [--svg FILE]

Measures token-server beside what a user would pick instead, in turn, in one run.

  --quick      Under a minute: beside bare Bun.serve and nginx only, the main workloads, two rounds.
  --only NAME  Only the peer, or the workload, whose name holds this.
  --json FILE  Writes all figures.
  --svg FILE   Draws the chart of the accepted and the refused requests.
`;

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
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

const only = options.only.toLowerCase();
const onlyPeer = PEERS.some(({ name }) => name.toLowerCase().includes(only));
const QUICK = [
  "Accepted",
  "Refused: a bad token",
  "Refusing beside serving",
  "Logging",
  "First answer and memory at rest",
];
const wanted = (title: string) =>
  only === "" || onlyPeer ? !options.quick || QUICK.includes(title) : title.toLowerCase().includes(only);
const rounds = options.quick ? 2 : 5;
const root = mkdtempSync(join(tmpdir(), "token-server-bench-"));
const started: Running[] = [];
const skipped: string[] = [];
const versions: Record<string, string> = {
  wrk: firstLine(["dpkg-query", "-W", "-f", "${Version}", "wrk"]) ?? "",
};

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else console.error(text);
}

/** Prepares and starts a contender and checks that it gives the asked answers; null where it can't be had. */
async function ready(contender: Contender, form = ""): Promise<Running | null> {
  progress(`${contender.name}${form}: starting`);
  const version = contender.version();
  if (version === null) {
    skipped.push(`${contender.name} is not installed (${contender.install})`);
    return null;
  }
  try {
    const folder = folderOf(root, contender, form);
    contender.prepare?.(folder);
    const running = await run(contender, folder);
    started.push(running);
    await check(running);
    versions[contender.name] = version;
    return running;
  } catch (fault) {
    skipped.push(`${contender.name}: ${String(fault).split("\n").slice(0, 3).join(" ")}`);
    return null;
  }
}

/** No figure counts for a server that gives other answers than those asked of it. */
async function check({ contender, port }: Running): Promise<void> {
  const ask = async (headers: Record<string, string>, path = "/ping", init: RequestInit = {}) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { ...init, headers });
    return { status: response.status, text: await response.text() };
  };
  const must = (holds: boolean, what: string) => {
    if (!holds) throw new Error(`does not give the asked answer ${what}`);
  };
  const good = { Authorization: "Token token1" };
  const isPong = ({ status, text }: { status: number; text: string }) =>
    status === 200 && Bun.deepEquals(JSON.parse(text), { text: "pong", status: "success" });
  must(isPong(await ask(good)), "to a good token");
  if (contender.reads)
    must(isPong(await ask(good, "/read", { method: "POST", body: "x".repeat(512 * 1024) })), "to a POST");
  if (contender.refuses === null) return;
  const none = await ask({});
  must(none.status === contender.refuses.none && !none.text.includes("pong"), `to no token: ${none.status}`);
  const bad = await ask({ Authorization: "Token token3" });
  must(bad.status === contender.refuses.bad && !bad.text.includes("pong"), `to a bad token: ${bad.status}`);
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
  const bare = await ready(BARE);
  const server = await ready(TOKEN_SERVER);
  const running = [bare, server];
  for (const peer of peers) running.push(await ready(peer));
  if (!bare || !server) throw new Error(skipped.join("\n"));

  for (const [title, lua] of [
    ["Accepted", ACCEPTED],
    ["Refused: a bad token", BAD_TOKEN],
    ["Refused: no token", NO_TOKEN],
    ["One friend in ten", MIX],
  ] as const) {
    await row(
      title,
      running.map((one) => entry(one, lua)),
    );
  }
  await row("Refusing beside serving", [
    entry(server, ACCEPTED, 64, "accepted"),
    entry(server, BAD_TOKEN, 64, "bad token"),
    entry(server, NO_TOKEN, 64, "no token"),
  ]);

  const reading = [
    bare,
    await ready(READING_SERVER, " reading"),
    ...running.slice(2).filter((one) => one?.contender.reads),
  ];
  await row(
    "Accepted POST of 1 KB",
    reading.map((one) => entry(one, post(1024))),
  );
  await row(
    "Accepted POST of 512 KB",
    reading.map((one) => entry(one, post(512 * 1024))),
  );

  const two = () => ["token1", "token2"];
  const off = await ready(ours("token-server off", "CRITICAL", two));
  const debug = await ready(ours("token-server debug", "DEBUG", two));
  await row("Logging", [
    entry(off, ACCEPTED, 64, "off"),
    entry(server, ACCEPTED, 64, "INFO"),
    entry(debug, ACCEPTED, 64, "DEBUG"),
  ]);
  if (!options.quick) {
    for (const connections of [1, 64, 1024]) {
      await row(
        `Accepted, ${connections} connections`,
        [bare, server].map((one) => entry(one, ACCEPTED, connections)),
      );
    }
  }

  let million: Running | null = null;
  let perToken = NaN;
  if (!options.quick && wanted("A million tokens")) {
    million = await ready(ours("token-server million", "INFO", () => [...two(), ...manyTokens(999_998)]));
    await row("A million tokens", [
      entry(server, ACCEPTED, 64, "two tokens"),
      entry(million, ACCEPTED, 64, "a million tokens"),
    ]);
    if (million) {
      const small = await run(TOKEN_SERVER, folderOf(root, TOKEN_SERVER));
      const large = await run(million.contender, folderOf(root, million.contender));
      await Bun.sleep(2_000);
      perToken = (large.memory() - small.memory()) / 1e6;
      await Promise.all([small.stop(), large.stop()]);
    }
  }

  const idle = [];
  if (!options.quick && wanted("Idle connections")) {
    for (const one of [bare, server]) {
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
    skipped,
    rows,
    costs,
    idle,
    goals: goals(costs, million, perToken),
  };
}

/** Starts a contender several times and takes the medians. */
async function costOf(contender: Contender): Promise<Cost> {
  const starts: { firstAnswer: number; memory: number }[] = [];
  for (let start = 1; start <= (options.quick ? 5 : 11); start += 1) {
    progress(`First answer: ${contender.name}, start ${start}`);
    const running = await run(contender, folderOf(root, contender));
    starts.push({ firstAnswer: running.firstAnswer, memory: running.memory() });
    await running.stop();
  }
  return {
    name: contender.name,
    firstAnswer: median(starts.map(({ firstAnswer }) => firstAnswer)),
    memory: median(starts.map(({ memory }) => memory)),
  };
}

/** Random tokens as `openssl rand` would make them. */
function manyTokens(amount: number): string[] {
  return Array.from({ length: amount }, () =>
    crypto.getRandomValues(new Uint8Array(32)).toBase64({ alphabet: "base64url" }),
  );
}

function goals(costs: readonly Cost[], million: Running | null, perToken: number): Goal[] {
  const ratio = (title: string, one: string, other: string) => {
    const results = rows.find((each) => each.title === title)?.results ?? [];
    const rates = (name: string) => results.find((each) => each.name === name)?.rates ?? [];
    return median(rates(one).map((rate, round) => rate / (rates(other)[round] ?? NaN)));
  };
  const cost = costs.find(({ name }) => name === TOKEN_SERVER.name);
  const server = TOKEN_SERVER.name;
  const list: Goal[] = [
    {
      what: "accepted at INFO, to bare Bun.serve",
      atLeast: 0.95,
      measured: ratio("Accepted", server, BARE.name),
      unit: "",
    },
    {
      what: "accepted, to the seed",
      atLeast: 5,
      measured: ratio("Accepted", server, "seed (aiohttp)"),
      unit: "",
    },
    {
      what: "accepted, to Hono with the same two guards",
      atLeast: 2.5,
      measured: ratio("Accepted", server, "Hono on Bun"),
      unit: "",
    },
    { what: "accepted, to nginx", atLeast: 1, measured: ratio("Accepted", server, "nginx (map)"), unit: "" },
    {
      what: "a bad token refused, to accepted",
      atLeast: 1,
      measured: ratio("Refusing beside serving", "bad token", "accepted"),
      unit: "",
    },
    {
      what: "no token refused, to accepted",
      atLeast: 1,
      measured: ratio("Refusing beside serving", "no token", "accepted"),
      unit: "",
    },
    {
      what: "a million tokens, to two",
      atLeast: 0.97,
      measured: ratio("A million tokens", "a million tokens", "two tokens"),
      unit: "",
    },
    { what: "start with a million tokens", atMost: 2000, measured: million?.firstAnswer ?? NaN, unit: "ms" },
    { what: "memory for each of a million tokens", atMost: 250, measured: perToken, unit: "bytes" },
    { what: "DEBUG, to logging off", atLeast: 0.8, measured: ratio("Logging", "DEBUG", "off"), unit: "" },
    { what: "first answer", atMost: 30, measured: cost?.firstAnswer ?? NaN, unit: "ms" },
    { what: "memory at rest", atMost: 40, measured: (cost?.memory ?? NaN) / 1e6, unit: "MB" },
  ];
  return list.filter(({ measured }) => !Number.isNaN(measured));
}

let code = 0;
try {
  const report = await main();
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  console.log(markdown(report));
  if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 1)}\n`);
  const drawn = report.rows.filter(({ title }) => title === "Accepted" || title === "Refused: a bad token");
  if (options.svg) writeFileSync(options.svg, chart(drawn, TOKEN_SERVER.name));
} catch (fault) {
  console.error(`the benchmark stopped: ${String(fault)}`);
  code = 1;
} finally {
  await Promise.all(started.map((one) => one.stop()));
  rmSync(root, { recursive: true, force: true });
}
process.exit(code);
