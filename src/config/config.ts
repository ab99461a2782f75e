import type { SizeGuardOptions } from "../guards/size-guard.ts";
import type { TokenAuthOptions } from "../guards/token-auth.ts";
import type { LogOptions } from "../observations/log.ts";
import type { Exclusions } from "../routes/exclusions.ts";
import type { ConfigStoreOptions } from "../stores/config-store.ts";
import type { SettingValues } from "./settings.ts";

/** Where to listen. */
export interface ListenOptions {
  readonly host: string;
  readonly port: number;
}

/** All that config.json sets, in the options of what it configures. */
export interface Config {
  readonly listen: ListenOptions;
  readonly size: SizeGuardOptions;
  readonly auth: TokenAuthOptions;
  readonly exclusions: Exclusions;
  readonly tokens: ConfigStoreOptions;
  readonly log: LogOptions;
}

/** The config that these settings make. */
export function configOf({ server: { http }, log }: SettingValues): Config {
  return {
    listen: { host: http.host, port: http.port },
    size: { maxSize: http.request_max_size },
    auth: { scheme: http.auth_scheme },
    exclusions: { paths: http.exclude_routes, methods: http.exclude_methods },
    tokens: { tokens: http.allowed_tokens },
    log: { levels: log.level, format: log.format },
  };
}
