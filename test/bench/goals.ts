import type { Cost, Goal } from "./report.ts";
import { ratioOf, type Row } from "./row.ts";

/** What the run measured apart from the rows. */
export interface Measured {
  readonly costs: readonly Cost[];
  /** Milliseconds to the first answer with a million tokens; NaN where that was not measured. */
  readonly startWithMillion: number;
  /** Bytes for each of a million tokens; NaN where that was not measured. */
  readonly memoryPerToken: number;
}

/** The goals whose figures were measured. */
export function goals(rows: readonly Row[], measured: Measured): Goal[] {
  const ratio = (what: string, atLeast: number, title: string, one: string, other: string): Goal => {
    const results = rows.find((row) => row.title === title)?.results ?? [];
    const rates = (name: string) => results.find((result) => result.name === name)?.rates ?? [];
    return { what, atLeast, measured: ratioOf(rates(one), rates(other)), unit: "" };
  };
  const cost = measured.costs.find(({ name }) => name === LOGGING);
  const list: Goal[] = [
    ratio("accepted, to the floor", 0.97, "Accepted", OURS, "the floor"),
    ratio("accepted with a log line, to the floor", 0.9, "Accepted", LOGGING, "the floor"),
    ratio("accepted, 1,000 URLs, to the floor", 0.97, "Accepted, 1,000 URLs", OURS, "the floor"),
    ratio("accepted, 1,000 URLs, with a log line", 0.9, "Accepted, 1,000 URLs", LOGGING, "the floor"),
    ratio("accepted, to nginx", 1, "Accepted", OURS, "nginx"),
    ratio("accepted with a log line, to nginx with one", 1, "Accepted", LOGGING, "nginx + log"),
    ratio("accepted, to the seed", 5, "Accepted", OURS, "seed (aiohttp)"),
    ratio("accepted, to Hono with the same two guards", 2.5, "Accepted", OURS, "Hono on Bun"),
    ratio("a bad token refused, to accepted", 1, "Refusing beside serving", "bad token", "accepted"),
    ratio("no token refused, to accepted", 1, "Refusing beside serving", "no token", "accepted"),
    ratio("a million tokens, to two", 0.97, "A million tokens", "a million tokens", "two tokens"),
    { what: "start with a million tokens", atMost: 2000, measured: measured.startWithMillion, unit: "ms" },
    {
      what: "memory for each of a million tokens",
      atMost: 250,
      measured: measured.memoryPerToken,
      unit: "bytes",
    },
    ratio("DEBUG, to no log line", 0.8, "Logging", "DEBUG", "no line"),
    { what: "first answer", atMost: 30, measured: cost?.firstAnswer ?? NaN, unit: "ms" },
    { what: "memory at rest", atMost: 40, measured: (cost?.memory ?? NaN) / 1e6, unit: "MB" },
  ];
  return list.filter((goal) => !Number.isNaN(goal.measured));
}

const OURS = "token-server";
const LOGGING = "token-server + log";
