import type { TokenEntry } from "../../src/tokens/token-entry.ts";
import type { Config } from "../../src/config/config.ts";
import type { ListenOptions } from "../../src/listen/listen-options.ts";

/** The config.json that the project began with, and has ever since. */
export const SEED_CONFIG = `{ "server": { "http": { "host": "127.0.0.1", "port": 8000, "request_max_size": 1048576,
                        "allowed_tokens": ["token1", "token2"] } },
  "log": { "level": [{ "logger": "server_logger", "level": "DEBUG" }] } }
`;

/** What a listener has to know, on a free port of the loopback but for the options given. */
export function listenOn(given: Partial<ListenOptions> = {}): ListenOptions {
  return {
    setting: "server.http",
    at: { host: "c:1:1", port: "c:1:2", unix: "c:1:3", tls: "c:1:4" },
    host: "127.0.0.1",
    port: 0,
    unix: null,
    reusePort: false,
    tls: null,
    http2: false,
    ...given,
  };
}

/** A log that leaves out all that can be left out. */
export const QUIET: Config["log"] = {
  levels: [{ logger: "server_logger", level: "CRITICAL" }],
  format: "text",
  refusalsPerSecond: 100,
};

/** The config that allowed_tokens alone make, but for the members given. */
export function configOfTokens(tokens: readonly TokenEntry[], given: Partial<Config> = {}): Config {
  return {
    listen: listenOn({ port: 8000 }),
    admin: null,
    requestId: false,
    adminHost: { names: [] },
    size: { maxSize: 1048576 },
    auth: { schemes: ["Token"], tokenFrom: [{ kind: "authorization" }] },
    errorFormat: "simple",
    exclusions: { paths: [], methods: [] },
    routes: [{ path: "/ping", handler: "ping" }],
    maxUpstreamRequests: 1000,
    trustedProxies: [],
    tokens: { tokens },
    tokenStore: null,
    staleFor: null,
    log: { levels: [], format: "text", refusalsPerSecond: 100 },
    stop: { drain: 500, deadline: 10_000 },
    watch: false,
    files: [],
    warnings: [],
    ...given,
  };
}
