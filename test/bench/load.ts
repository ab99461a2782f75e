import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { LOAD_CPU } from "./running.ts";

/** What a contender is put under, for a second or for as long as it takes. */
export interface Workload {
  /** Opens what must be there before the burst, and is not timed; returns what closes it. */
  prepare?(port: number): Promise<() => void>;
  /** Throws where a connection failed. Files it needs go into the folder. */
  burst(port: number, folder: string): Promise<Burst>;
}

/** Requests that wrk sends. */
export interface Load {
  /** The requests in wrk's Lua. */
  readonly lua: string;
  readonly connections: number;
  /** Whether an answer that is not a success fails the burst: a refusal costs less than what is measured. */
  readonly onlySuccess?: boolean;
}

/** The figures of one burst of load. */
export interface Burst {
  /** How much was done, in the row's unit without its time: requests, or megabytes. */
  readonly requests: number;
  /** The same for each second. */
  readonly rate: number;
  /** Milliseconds; NaN where the burst is one transfer. */
  readonly p50: number;
  readonly p99: number;
}

/** One second of these requests. */
export function requests(load: Load): Workload {
  return { burst: (port, folder) => sendFor(1, port, load, folder) };
}

/** Loads a port for some seconds, from a processor of its own. */
async function sendFor(
  seconds: number,
  port: number,
  { lua, connections, onlySuccess = false }: Load,
  folder: string,
): Promise<Burst> {
  const script = join(folder, "load.lua");
  writeFileSync(script, `${lua}\n${DONE}`);
  const args = [
    "-t1",
    `-c${connections}`,
    `-d${seconds}s`,
    "--timeout",
    "10s",
    "-s",
    script,
    `http://127.0.0.1:${port}/ping`,
  ];
  const child = Bun.spawn(["taskset", "-c", LOAD_CPU, "wrk", ...args], { stdout: "pipe", stderr: "pipe" });
  const out = await new Response(child.stdout).text();
  const line = /^BURST (.*)$/m.exec(out)?.[1];
  if (line === undefined) throw new Error(`wrk: ${out}${await new Response(child.stderr).text()}`);
  const { requests: sent, microseconds, p50, p99, failed, refused } = JSON.parse(line);
  if (failed > 0) throw new Error(`${failed} of ${sent} requests failed`);
  if (onlySuccess && refused > 0) throw new Error(`${refused} of ${sent} requests were refused`);
  return { requests: sent, rate: (sent / microseconds) * 1e6, p50: p50 / 1000, p99: p99 / 1000 };
}

const DONE = `
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('BURST {"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"failed":%d,"refused":%d}\\n', summary.requests,
    summary.duration, latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.timeout, e.status))
end
`;

const AUTHORIZATION = 'wrk.headers["Authorization"] = "Token token1"';

/** An accepted `GET /ping`. */
export const ACCEPTED = AUTHORIZATION;
/** A token that no user has. */
export const BAD_TOKEN = 'wrk.headers["Authorization"] = "Token token3"';
/** No Authorization header. */
export const NO_TOKEN = "";
/** One accepted request in ten, the others with a token that no user has. */
export const MIX = `local sent = 0
local good, bad
init = function()
  good = wrk.format("GET", "/ping", { ["Authorization"] = "Token token1" })
  bad = wrk.format("GET", "/ping", { ["Authorization"] = "Token token3" })
end
request = function()
  sent = sent + 1
  return sent % 10 == 0 and good or bad
end`;
/** 1,000 URLs in turn, none of which comes twice in a row, with this token. */
export const rotating = (token: string) => `local requests = {}
local sent = 0
init = function()
  for i = 0, 999 do
    local url = string.format("/items/%04d/notes?page=%d", i, i % 7)
    requests[i] = wrk.format("GET", url, { ["Authorization"] = "Token ${token}" })
  end
end
request = function()
  sent = (sent + 1) % 1000
  return requests[sent]
end`;
/** An accepted POST of this many bytes to a route that reads them. */
export const post = (bytes: number) =>
  `${AUTHORIZATION}\nwrk.method = "POST"\nwrk.path = "/read"\nwrk.body = string.rep("x", ${bytes})`;
