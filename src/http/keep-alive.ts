import type { SocketHandler } from "./upgraded.ts";

/** The connection that a request came on. */
export interface ConnectionInfo {
  /** The peer; null on a Unix socket, or once a TCP client has reset the connection (Bun 1.4.5). */
  requestIP(request: Request): { readonly address: string; readonly port: number } | null;
  /** Sets how many seconds the connection may stay silent, until its next request. */
  timeout(request: Request, seconds: number): void;
  /** Makes the connection a WebSocket. Returns false if the request is no handshake, and throws nothing. */
  upgrade(request: Request, options: { readonly data: SocketHandler; readonly headers: Headers }): boolean;
  /** Requests of the same listener whose answer has not been fully sent. */
  readonly pendingRequests: number;
}

/** Why a client without a user loses its connection. */
export type CloseReason = "pipelining" | "descriptors";

/** Decides whether a client without a user keeps its connection once it has its answer. */
export interface KeepAlive {
  /** Counts a request that begins now, in milliseconds. */
  count(now: number): void;
  /**
   * Why the connection closes with this answer, or null if it stays open: for a short time, unless the content of the
   * answer is still to come.
   */
  closeReason(request: Request, connection: ConnectionInfo, isOpen: boolean): CloseReason | null;
}

/** Options for `keepAlive`. */
export interface KeepAliveOptions {
  /** Requests that a turn of the event loop may serve before clients that pipeline lose their connection. */
  readonly turnRequests: number;
  /** Milliseconds that a turn may take before they do, for answers that are expensive. */
  readonly turnTime: number;
  /** Seconds that a connection may stay idle after an answer without a user. */
  readonly idleSeconds: number;
  /** Whether file descriptors are running out. */
  readonly descriptorsShort: () => boolean;
}

/**
 * Keeps clients without a user from using up what all clients share: the event loop and the file descriptors.
 *
 * Bun 1.4.5 answers all requests of a read back to back, and reads on for as long as more arrive: one connection that
 * pipelines delays every other for seconds. It stops only at `Connection: close`. So once a turn of the event loop has
 * served enough, the second request in a row on one connection is the last on it. Clients that wait for each answer are
 * never affected, however many there are. A handler can't make a pipelined request wait instead: Bun then drops the
 * connection without an answer.
 *
 * An idle connection holds a descriptor, and a client that holds all of them locks out everyone else. So a connection
 * without a user stays open for a short time only, and closes at once while descriptors are short.
 */
export function keepAlive(options: KeepAliveOptions): KeepAlive {
  const { turnRequests, turnTime, idleSeconds, descriptorsShort } = options;
  let requests = 0;
  let begin = 0;
  let usedUp = false;
  let last: string | null = null;
  const endTurn = () => {
    requests = 0;
    usedUp = false;
    last = null;
  };
  return {
    count(now) {
      if (requests === 0) {
        begin = now;
        setImmediate(endTurn);
      }
      requests += 1;
      if (requests > turnRequests || now - begin > turnTime) usedUp = true;
    },
    closeReason(request, connection, isOpen) {
      // Set even if the connection closes: HTTP/2 has no `Connection: close`, and an answer may wait for its client.
      if (!isOpen) connection.timeout(request, idleSeconds);
      if (descriptorsShort()) return "descriptors";
      if (usedUp && isRepeated(connection.requestIP(request))) return "pipelining";
      return null;
    },
  };

  /** Whether the previous request came from the same peer; true if the peer is unknown. */
  function isRepeated(end: ReturnType<ConnectionInfo["requestIP"]>): boolean {
    const name = end && `${end.address} ${end.port}`;
    const repeated = name === null || name === last;
    last = name;
    return repeated;
  }
}
