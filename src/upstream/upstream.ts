import { LIMITS } from "../limits.ts";
import { Connection } from "./connection.ts";
import { connectionPool, type ConnectionPool } from "./connection-pool.ts";
import { deadlines, type Deadlines } from "./deadlines.ts";
import type { UpstreamTls } from "./upstream-tls.ts";
import type { UpstreamUrl } from "./upstream-url.ts";

/** Options for `upstream`. */
export interface UpstreamOptions {
  readonly url: UpstreamUrl;
  readonly tls: UpstreamTls;
  /** Milliseconds that a connection may take, TLS included. */
  readonly connectTimeout: number;
  /** Milliseconds in which it must take more of a request and, once it has all, send the head of an answer; null for no limit. */
  readonly timeout: number | null;
}

/** A request whose upstream has to act in time. */
export interface Awaiting {
  /** The upstream did nothing in time. */
  late(): void;
}

/** A server that requests are forwarded to. */
export interface Upstream {
  readonly connections: ConnectionPool;
  /** The time that it has to act; null for any time. */
  readonly times: Deadlines<Awaiting> | null;
}

/**
 * An upstream, with connections of its own: fetch of Bun 1.4.5 takes half as much time again for each request, sends some
 * twice, runs 256 at a time, keeps 64 idle connections, and does not report when a request is connected. The environment's
 * HTTP_PROXY has no effect. `max` is the number of requests at a time.
 */
export function upstream({ url, tls, connectTimeout, timeout }: UpstreamOptions, max: number): Upstream {
  const open = (events: ConstructorParameters<typeof Connection>[2]) => new Connection(url, tls, events);
  return {
    connections: connectionPool(open, connectTimeout, max),
    times: timeout === null ? null : deadlines(timeout, LIMITS.deadlineInterval, (request) => request.late()),
  };
}
