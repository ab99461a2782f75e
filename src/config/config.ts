import { dirname, resolve } from "node:path";
import type { ListenOptions } from "../listen/listen-options.ts";
import type { HostGuardOptions } from "../guards/host-guard.ts";
import type { SizeGuardOptions } from "../guards/size-guard.ts";
import type { TokenAuthOptions } from "../guards/token-auth.ts";
import type { LogOptions } from "../observations/log/log.ts";
import type { RefusalLimitOptions } from "../observations/log/refusal-limit.ts";
import type { Exclusions } from "../routes/exclusions.ts";
import type { ErrorFormat } from "../http/error-content.ts";
import type { RouteOptions } from "../routes/route-kinds.ts";
import { carriersOf } from "../routes/token-settings.ts";
import type { ConfigStoreOptions } from "../stores/config-store.ts";
import { storeUrl, type StoreUrl } from "../stores/store-url.ts";
import type { Path } from "../json/parse-json.ts";
import type { SettingValues } from "./settings.ts";

/** How the server stops, in milliseconds. */
export interface StopOptions {
  /** How long clients are asked to leave before the server stops. */
  readonly drain: number;
  /** How long requests in flight may then take before they are cut off. */
  readonly deadline: number;
}

/** What config.json sets, as options of what it configures. */
export interface Config {
  readonly listen: ListenOptions;
  readonly admin: ListenOptions | null;
  /** Whether every answer carries X-Request-Id. */
  readonly requestId: boolean;
  readonly adminHost: HostGuardOptions;
  readonly size: SizeGuardOptions;
  readonly auth: TokenAuthOptions;
  /** The format of refusals and faults where no route sets another. */
  readonly errorFormat: ErrorFormat;
  readonly exclusions: Exclusions;
  readonly routes: readonly RouteOptions[];
  /** Requests and WebSockets that may be at upstreams at a time. */
  readonly maxUpstreamRequests: number;
  /** The proxies that are trusted to report their clients. */
  readonly trustedProxies: readonly string[];
  readonly tokens: ConfigStoreOptions;
  /** Where more tokens are kept; null if nowhere. */
  readonly tokenStore: StoreUrl | null;
  /** How long those are good while their store is away, in milliseconds; null for any time. */
  readonly staleFor: number | null;
  readonly log: LogOptions & RefusalLimitOptions;
  readonly stop: StopOptions;
  /** Whether a change of one of the files reloads them. */
  readonly watch: boolean;
  /** The absolute names of the files that were read: the config file, then those that it names. */
  readonly files: readonly string[];
  /** What can be used and may still be a mistake, each in a line like that of a problem, without a secret. */
  readonly warnings: readonly string[];
}

/** Makes a config of the settings in these files. `at` returns the position of a setting in the config file. */
export function configOf(
  { server: { http, admin }, log, shutdown, watch }: SettingValues,
  files: readonly string[],
  at: (path: Path) => string,
): Config {
  const folder = dirname(files[0] ?? "");
  const placesOf = (listener: "http" | "admin") => {
    const place = (name: string) => at(["server", listener, name]);
    return { host: place("host"), port: place("port"), unix: place("unix"), tls: place("tls") };
  };
  return {
    listen: {
      ...addressOf("server.http", http, folder),
      at: placesOf("http"),
      reusePort: http.reuse_port,
      tls: http.tls && { cert: http.tls.cert, key: http.tls.key, clientCa: http.tls.client_ca },
      http2: http.http2,
    },
    // The servers of a restart share the admin port as they share the other one.
    admin: admin && {
      ...addressOf("server.admin", admin, folder),
      at: placesOf("admin"),
      reusePort: http.reuse_port,
      tls: null,
      http2: false,
    },
    requestId: http.request_id ?? log.format === "json",
    adminHost: { names: admin?.hosts ?? [] },
    size: { maxSize: http.request_max_size },
    auth: { schemes: http.auth_scheme, tokenFrom: carriersOf(http.token_from) },
    errorFormat: http.error_format,
    exclusions: { paths: http.exclude_routes, methods: http.exclude_methods },
    routes: http.routes,
    maxUpstreamRequests: http.max_upstream_requests,
    trustedProxies: http.trusted_proxies,
    tokens: { tokens: http.allowed_tokens },
    tokenStore: http.token_store === null ? null : storeUrl(http.token_store, folder),
    staleFor: http.stale_for === null ? null : http.stale_for * 1000,
    log: { levels: log.level, format: log.format, refusalsPerSecond: log.refusals_per_second },
    stop: { drain: shutdown.drain * 1000, deadline: shutdown.deadline * 1000 },
    watch,
    files,
    warnings: [],
  };
}

interface Address {
  readonly host: string;
  readonly port: number;
  readonly unix: string | null;
  readonly unix_mode: string;
}

function addressOf(setting: string, { host, port, unix, unix_mode }: Address, folder: string) {
  const socket = unix === null ? null : { path: resolve(folder, unix), mode: parseInt(unix_mode, 8) };
  return { setting, host, port, unix: socket };
}
