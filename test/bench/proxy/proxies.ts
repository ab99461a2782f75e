import { compile, executable, file, ours, type Contender } from "../contenders.ts";
import { LARGE, UPSTREAM_ANSWER, type Upstreams } from "./upstreams.ts";

/** token-server as a proxy. It logs, or not; the upstream of its requests is on a port, or on a Unix socket. */
export function ourProxy(
  { port, unix, streaming }: Upstreams,
  { logs = false, overUnix = false }: { readonly logs?: boolean; readonly overUnix?: boolean } = {},
): Contender {
  return ours({
    name: `token-server${logs ? " + log" : ""}${overUnix ? ", Unix socket" : ""}`,
    logs,
    routes: [
      { path: "/stream/*", proxy: `http://127.0.0.1:${streaming}`, max_size: LARGE },
      { path: "/*", proxy: overUnix ? `unix:${unix}` : `http://127.0.0.1:${port}` },
    ],
    // 1,000 connections of one burst may begin while the last requests of the burst before are still there.
    http: { max_upstream_requests: 2000 },
    answer: UPSTREAM_ANSWER,
  });
}

/** Bun.serve and fetch with nothing between them, compiled as token-server is; as many requests at once as it likes. */
export function bareFetch({ port, streaming }: Upstreams): Contender {
  return {
    name: "bare fetch",
    product: "Bun",
    role: "baseline",
    logs: false,
    version: () => Bun.version,
    install: "npm install --global bun@1.4.5",
    prepare: (folder) => compile(file("proxy-floor.ts"), folder),
    command: (folder, own) => [
      ...["env", "BUN_CONFIG_MAX_HTTP_REQUESTS=4096", executable(folder), String(own)],
      ...[`http://127.0.0.1:${port}`, `http://127.0.0.1:${streaming}`],
    ],
    refuses: null,
    reads: false,
    answer: UPSTREAM_ANSWER,
  };
}
