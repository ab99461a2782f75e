import type { Config } from "./config.ts";
import type { ListenOptions } from "../listen/listen-options.ts";

/** The addresses that a server listens on. They can't change while it runs. */
export type Fixed = Pick<Config, "listen" | "admin">;

/** The settings that a server can only change by a restart, of those that differ between two configs. */
export function restartSettings(now: Fixed, next: Fixed): string[] {
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
    // A mode without a socket changes nothing.
    ["unix_mode", now.unix?.mode ?? next.unix?.mode, next.unix?.mode ?? now.unix?.mode],
    ["reuse_port", now.reusePort, next.reusePort],
    ["tls", now.tls === null, next.tls === null],
    ["http2", now.http2, next.http2],
  ];
  return pairs.filter(([, one, other]) => one !== other).map(([name]) => `${now.setting}.${name}`);
}
