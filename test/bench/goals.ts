import type { Cost, Goal } from "./report.ts";
import { addedTime, ratioOf, type Row } from "./row.ts";

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
  const rates = (title: string, name: string) =>
    rows.find((row) => row.title === title)?.results.find((result) => result.name === name)?.rates ?? [];
  const ratio = (what: string, atLeast: number, title: string, one: string, other: string): Goal => ({
    what,
    atLeast,
    measured: ratioOf(rates(title, one), rates(title, other)),
    unit: "",
  });
  const added = (name: string) => addedTime(rates(ONE, name), rates(ONE, "no proxy"));
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
    ratio("proxied, to Caddy", 2, MANY, OURS, "Caddy"),
    ratio("proxied, to Go's ReverseProxy", 1, MANY, OURS, "Go ReverseProxy"),
    ratio("proxied, to nginx", 0.5, MANY, OURS, "nginx"),
    ratio("proxied over a Unix socket, to nginx over a port", 0.6, MANY, UNIX, "nginx"),
    ratio("proxied over a Unix socket, to nginx over one", 0.6, MANY, UNIX, "nginx, Unix socket"),
    {
      what: "time added to a request, to nginx's",
      atMost: 2,
      measured: added(OURS) / added("nginx"),
      unit: "",
    },
    ratio("1 GB down, to nginx", 0.8, "Proxy, 1 GB down", OURS, "nginx"),
    ratio("1 GB up, to nginx", 0.8, "Proxy, 1 GB up", OURS, "nginx"),
    ratio("WebSocket echo, to nginx", 1, "Proxy, WebSocket echo", OURS, "nginx"),
    { what: "first answer", atMost: 30, measured: cost?.firstAnswer ?? NaN, unit: "ms" },
    { what: "memory at rest", atMost: 40, measured: (cost?.memory ?? NaN) / 1e6, unit: "MB" },
  ];
  return list.filter((goal) => !Number.isNaN(goal.measured));
}

const OURS = "token-server";
const LOGGING = "token-server + log";
const UNIX = "token-server, Unix socket";
const ONE = "Proxy, one connection";
const MANY = "Proxy, 64 connections";
