import type { Config } from "./config.ts";
import type { ListenOptions } from "../listen/listen-options.ts";

/** Where a server listens: what can't change while it runs. */
export type Addresses = Pick<Config, "listen" | "admin">;

/** The settings that differ between where a server listens and where another config would have it listen. */
export function restartSettings(now: Addresses, next: Addresses): string[] {
  if ((now.admin === null) !== (next.admin === null)) {
    return [...changed(now.listen, next.listen), "server.admin"];
  }
  return [...changed(now.listen, next.listen), ...changed(now.admin, next.admin)];
}

function changed(now: ListenOptions | null, next: ListenOptions | null): string[] {
  if (!now || !next) return [];
  const pairs: readonly [string, unknown, unknown][] = [
    ["host", now.host, next.host],
    ["port", now.port, next.port],
    ["unix", now.unix?.path, next.unix?.path],
    // Without a socket there is no mode that could change.
    ["unix_mode", now.unix?.mode ?? next.unix?.mode, next.unix?.mode ?? now.unix?.mode],
    ["reuse_port", now.reusePort, next.reusePort],
    ["tls", now.tls === null, next.tls === null],
    ["http2", now.http2, next.http2],
  ];
  return pairs.filter(([, one, other]) => one !== other).map(([name]) => `${now.setting}.${name}`);
}
