import { Connection } from "./connection.ts";
import { connectionPool, type ConnectionPool } from "./connection-pool.ts";
import { deadlines, type Deadlines } from "./deadlines.ts";
import type { UpstreamTls } from "./upstream-tls.ts";
import type { UpstreamUrl } from "./upstream-url.ts";

/** Options for `upstream`. */
export interface UpstreamOptions {
  readonly url: UpstreamUrl;
  readonly tls: UpstreamTls;
  /** Milliseconds that opening a connection may take, TLS included. */
  readonly connectTimeout: number;
  /**
   * Milliseconds within which it must read more of a request and, once it has all of it, send the head of an answer; null
   * for no limit.
   */
  readonly timeout: number | null;
}

/** A request whose upstream has a deadline. */
export interface TimedRequest {
  /** The deadline has passed. */
  timedOut(): void;
}

/** A server that requests are forwarded to. */
export interface Upstream {
  readonly connections: ConnectionPool;
  /** The deadlines of its `timeout`; null for no limit. */
  readonly timeouts: Deadlines<TimedRequest> | null;
}

/**
 * An upstream and the pool of connections to it. `max` bounds the attempts to connect at a time; no connection stays idle
 * while `descriptorsShort`. HTTP_PROXY in the environment has no effect.
 *
 * It does not use fetch, which in Bun 1.4.5 takes 50 % more time for each request, sends some requests twice, runs at most
 * 256 at a time, keeps at most 64 idle connections, and does not report when a request is connected.
 */
export function upstream(
  { url, tls, connectTimeout, timeout }: UpstreamOptions,
  max: number,
  descriptorsShort = () => false,
): Upstream {
  return {
    connections: connectionPool(
      (events) => new Connection(url, tls, events),
      connectTimeout,
      max,
      descriptorsShort,
    ),
    timeouts: timeout === null ? null : deadlines(timeout, (request) => request.timedOut()),
  };
}
