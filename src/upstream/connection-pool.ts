import { LIMITS } from "../limits.ts";
import { CANCELLED, type Connection, type ConnectionEvents } from "./connection.ts";
import { deadlines } from "./deadlines.ts";
import type { Moment } from "./timeline.ts";
import { UpstreamError } from "./upstream-error.ts";

/** A request that waits for a connection. */
export interface Waiter {
  connected(connection: Connection): void;
  connectFailed(fault: unknown): void;
}

/** Which connections a request may use. */
export type Freshness =
  /** Any. */
  | "any"
  /** One that was opened or became idle a moment ago, for a request that can't be retried. */
  | "fresh"
  /** One that has carried no request yet. */
  | "new";

/** The connections to one upstream. */
export interface ConnectionPool {
  /** Returns an idle connection, or null: then the waiter receives a connection, or the fault that prevents it, later. */
  acquire(freshness: Freshness, waiter: Waiter): Connection | null;
  /** Removes a waiter from the queue; does nothing if it is not in it. */
  cancel(waiter: Waiter): void;
}

/** Opens a connection. Its events come later, never during the call. */
export type OpenConnection = (events: ConnectionEvents) => Connection;

interface QueueEntry {
  readonly freshness: Freshness;
  readonly deadline: Moment<Waiter>;
}

/**
 * Keeps idle connections, and opens one for each request that finds none; the request takes whichever is available first,
 * the new one or one that becomes idle. The connection that became idle last is reused first, so that the others age and
 * close.
 *
 * A request waits for `connectTimeout` milliseconds at most. Bun 1.4.5 can't cancel a TCP connect; the system gives up
 * after two minutes. Such a timed-out attempt no longer counts as that of a request, but `max` bounds all attempts.
 *
 * Upstreams close idle connections, and a request that is sent just then is lost. So a request that can't be retried gets
 * only a connection that became idle a moment ago. Connections are replaced after a while, because the address of the
 * upstream may have changed.
 *
 * While `descriptorsShort`, idle connections close at the next sweep, and one that no request waits for closes instead of
 * becoming idle.
 */
export function connectionPool(
  open: OpenConnection,
  connectTimeout: number,
  max: number,
  descriptorsShort: () => boolean,
): ConnectionPool {
  const idle: Connection[] = [];
  /** Attempts to connect, oldest first, except those in `timedOut`. */
  const opening = new Set<Connection>();
  /** Attempts whose request has timed out. */
  const timedOut = new Set<Connection>();
  /** In the order in which they came. */
  const queue = new Map<Waiter, QueueEntry>();
  let sweepTimer: Timer | null = null;
  const timeouts = deadlines<Waiter>(connectTimeout, (waiter) => {
    dequeue(waiter);
    const [oldest] = opening;
    if (oldest !== undefined) {
      opening.delete(oldest);
      timedOut.add(oldest);
      oldest.cancel();
    }
    waiter.connectFailed(new UpstreamError("connect_timeout"));
    openMore();
  });
  const events: ConnectionEvents = {
    opened(connection) {
      opening.delete(connection);
      timedOut.delete(connection);
      assign(connection);
    },
    openFailed(connection, fault) {
      const hadRequest = opening.delete(connection);
      timedOut.delete(connection);
      const [first] = queue.keys();
      if (hadRequest && fault !== CANCELLED && first !== undefined) {
        dequeue(first);
        first.connectFailed(fault);
      }
      openMore();
    },
    idle(connection) {
      if (connection.idleSince - connection.openedAt > LIMITS.upstreamMaxAge) connection.close();
      else assign(connection);
    },
    closed(connection) {
      const at = idle.lastIndexOf(connection);
      if (at !== -1) idle.splice(at, 1);
    },
  };

  return {
    acquire(freshness, waiter) {
      const last = idle.at(-1);
      if (last !== undefined && isFit(last, freshness)) return idle.pop() ?? null;
      queue.set(waiter, { freshness, deadline: timeouts.add(waiter) });
      openMore();
      return null;
    },
    cancel(waiter) {
      if (!dequeue(waiter) || opening.size <= queue.size) return;
      // An attempt that can't be cancelled serves a later request.
      const [oldest] = opening;
      oldest?.cancel();
    },
  };

  function isFit({ wasUsed, idleSince }: Connection, freshness: Freshness): boolean {
    if (freshness === "any") return true;
    return freshness === "new" ? !wasUsed : performance.now() - idleSince < LIMITS.upstreamFresh;
  }

  /** Hands a connection to the first waiter that may use it, or keeps it idle unless descriptors are short. */
  function assign(connection: Connection): void {
    const waiter = queue.size === 0 ? null : firstWaiter(connection);
    if (waiter !== null) {
      dequeue(waiter);
      return waiter.connected(connection);
    }
    if (descriptorsShort()) return connection.close();
    idle.push(connection);
    sweepTimer ??= setInterval(sweep, LIMITS.upstreamSweepInterval).unref();
  }

  /** The first waiter that may use a connection, or null. */
  function firstWaiter(connection: Connection): Waiter | null {
    for (const [waiter, { freshness }] of queue) if (isFit(connection, freshness)) return waiter;
    return null;
  }

  /** Removes a waiter from the queue. Returns false if it is not in it. */
  function dequeue(waiter: Waiter): boolean {
    const entry = queue.get(waiter);
    if (entry === undefined) return false;
    entry.deadline.remove();
    return queue.delete(waiter);
  }

  function openMore(): void {
    while (opening.size < queue.size && opening.size + timedOut.size < max) opening.add(open(events));
  }

  /** Closes the connections that have been idle for too long, or all while descriptors are short. The oldest come first. */
  function sweep(): void {
    const before = descriptorsShort() ? Infinity : performance.now() - LIMITS.upstreamIdle;
    const kept = idle.findIndex(({ idleSince }) => idleSince >= before);
    for (const connection of idle.splice(0, kept === -1 ? idle.length : kept)) connection.close();
    if (idle.length > 0 || sweepTimer === null) return;
    clearInterval(sweepTimer);
    sweepTimer = null;
  }
}
