import { BARE, FLOOR, LOGGING_SERVER, ours, READING_SERVER, SERVER } from "./contenders.ts";
import { costOf } from "./cost.ts";
import type { Measured } from "./goals.ts";
import { idleConnections } from "./idle.ts";
import { ACCEPTED, BAD_TOKEN, MIX, NO_TOKEN, post, requests, rotating } from "./load.ts";
import { PEERS } from "./peers.ts";
import type { Cost, IdleCost } from "./report.ts";
import type { Entry } from "./row.ts";
import { folderOf, run, type Running } from "./running.ts";
import type { Session } from "./session.ts";

const WORKLOADS = [
  ["Accepted", ACCEPTED],
  ["Accepted, 1,000 URLs", rotating("token1")],
  ["Refused: a bad token", BAD_TOKEN],
  ["Refused: a bad token, 1,000 URLs", rotating("token3")],
  ["Refused: no token", NO_TOKEN],
  ["One in ten accepted", MIX],
] as const;
const POSTS = [
  ["Accepted POST of 1 KB", 1024],
  ["Accepted POST of 512 KB", 512 * 1024],
] as const;
const CONNECTIONS = [1, 64, 1024] as const;

/** What this part measures. */
export const CHECK_TITLES: readonly string[] = [
  ...WORKLOADS.map(([title]) => title),
  "Refusing beside serving",
  ...POSTS.map(([title]) => title),
  "Logging",
  ...CONNECTIONS.map((connections) => `Accepted, ${connections} connections`),
  "A million tokens",
  "Idle connections",
  "First answer and memory at rest",
];

/** The figures of this part that are not in rows. */
export interface CheckFigures extends Measured {
  readonly idle: readonly IdleCost[];
}

/** Measures the token check in front of an answer of the server's own. */
export async function checkPart(session: Session): Promise<CheckFigures> {
  const { ready, row, wanted, progress, root } = session;
  const nothing = { costs: [], startWithMillion: NaN, memoryPerToken: NaN, idle: [] };
  if (!CHECK_TITLES.some(wanted)) return nothing;
  const floor = await ready(FLOOR);
  const logging = await ready(LOGGING_SERVER);
  const plain = await ready(SERVER);
  const running = [floor, logging, plain];
  const peers = session.peers(PEERS);
  for (const one of session.quick ? peers : [BARE, ...peers]) running.push(await ready(one));
  if (!floor || !logging || !plain) throw new Error([...session.skipped].join("\n"));

  for (const [title, lua] of WORKLOADS) {
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

  if (POSTS.some(([title]) => wanted(title))) {
    const reading = running.slice(3).filter((one) => one?.contender.reads);
    const all = [floor, await ready(READING_SERVER, " reading"), ...reading];
    for (const [title, size] of POSTS) {
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
  for (const connections of CONNECTIONS) {
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

  const idle: IdleCost[] = [];
  if (wanted("Idle connections")) {
    for (const one of [floor, logging]) {
      progress(`Idle connections: ${one.contender.name}`);
      idle.push({ name: one.contender.name, ...(await idleConnections(one, 10_000)) });
    }
  }
  const costs: Cost[] = [];
  if (wanted("First answer and memory at rest")) {
    for (const one of running.filter((each) => each !== null))
      costs.push(await costOf(one.contender, session));
  }
  return { costs, startWithMillion, memoryPerToken, idle };
}

const entry = (
  running: Running | null,
  lua: string,
  connections = 64,
  name = running?.contender.name,
): Entry | null => running && { name: name ?? "", running, workload: requests({ lua, connections }) };

/** Random tokens as `openssl rand` would make them. */
function randomTokens(amount: number): string[] {
  return Array.from(
    { length: amount },
    () =>
      // One in 262,144 would begin as a minted token does, and have no checksum.
      `b${crypto.getRandomValues(new Uint8Array(32)).toBase64({ alphabet: "base64url" })}`,
  );
}
