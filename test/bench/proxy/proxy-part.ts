import { ACCEPTED, requests, type Workload } from "../load.ts";
import type { Entry } from "../row.ts";
import { folderOf, LOAD_CPU, type Running } from "../running.ts";
import type { Session } from "../session.ts";
import { echo } from "./echo.ts";
import { besideEventStreams } from "./event-streams.ts";
import { bareFetch, ourProxy } from "./proxies.ts";
import { proxyPeers } from "./proxy-peers.ts";
import { DOWNLOAD, upload } from "./transfer.ts";
import { largeFile, STREAMING_UPSTREAM, unixSocket, UPSTREAM, type Upstreams } from "./upstreams.ts";

const ONE = "Proxy, one connection";
const MANY = [
  ["Proxy, 64 connections", 64],
  ["Proxy, 1,000 connections", 1000],
] as const;
const STREAMS = 500;
const BESIDE = `Proxy, 64 connections beside ${STREAMS} event streams`;
const DOWN = "Proxy, 1 GB down";
const UP = "Proxy, 1 GB up";
const ECHO = "Proxy, WebSocket echo";

/** What this part measures. */
export const PROXY_TITLES: readonly string[] = [ONE, ...MANY.map(([title]) => title), BESIDE, DOWN, UP, ECHO];

/** Measures what forwards to an upstream, after the same check. The upstreams have the processor of the load. */
export async function proxyPart(session: Session): Promise<void> {
  const { quick, ready, row, wanted, root } = session;
  if (!PROXY_TITLES.some(wanted)) return;
  const direct = await ready(UPSTREAM, "", LOAD_CPU);
  const streaming = await ready(STREAMING_UPSTREAM, "", LOAD_CPU);
  if (!direct || !streaming) return;
  const folder = folderOf(root, UPSTREAM);
  const upstreams: Upstreams = { port: direct.port, unix: unixSocket(folder), streaming: streaming.port };

  const wantedPeers = session.peers(proxyPeers(upstreams));
  if (wantedPeers.length === 0) return;

  const floor = await ready(bareFetch(upstreams));
  const plain = await ready(ourProxy(upstreams), " proxy");
  const forms = [await ready(ourProxy(upstreams, { logs: true }), " proxy"), plain];
  if (!quick) forms.push(await ready(ourProxy(upstreams, { overUnix: true }), " proxy"));
  const peers: (Running | null)[] = [];
  for (const peer of wantedPeers) peers.push(await ready(peer, " proxy"));
  /** One form of each product is enough where neither the log nor the socket weighs. */
  const single = [plain, ...peers.filter((one) => !/\+ log|Unix/.test(one?.contender.name ?? ""))];

  const under = (workload: Workload) => (running: Running | null) => entry(running, workload);
  await row(ONE, [direct, floor, ...forms, ...peers].map(under(get(1))), { oneByOne: true });
  for (const [title, connections] of MANY)
    await row(title, [floor, ...forms, ...peers].map(under(get(connections))));
  await row(BESIDE, [floor, ...single].map(under(besideEventStreams(STREAMS, get(64)))));
  await row(DOWN, [floor, ...single].map(under(DOWNLOAD)), { unit: "MB/s" });
  await row(UP, [floor, ...single].map(under(upload(largeFile(folder)))), { unit: "MB/s" });
  const echoes = [entry(streaming, echo(64), UPSTREAM.name), ...single.map(under(echo(64)))];
  await row(ECHO, echoes, { unit: "round trips/s" });
}

const get = (connections: number) => requests({ lua: ACCEPTED, connections, onlySuccess: true });

const entry = (running: Running | null, workload: Workload, name = running?.contender.name): Entry | null =>
  running && { name: name ?? "", running, workload };
