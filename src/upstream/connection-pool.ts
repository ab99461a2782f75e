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
  readonly waiter: Waiter;
  readonly freshness: Freshness;
  deadline: Moment<QueueEntry> | null;
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
  const opening = new Set<Connection>();
  /** Those of `opening` whose request has timed out. */
  const timedOut = new Set<Connection>();
  const queue: QueueEntry[] = [];
  let sweepTimer: Timer | null = null;
  const timeouts = deadlines<QueueEntry>(connectTimeout, LIMITS.deadlineInterval, (entry) => {
    dequeue(entry);
    const [first] = opening.difference(timedOut);
    if (first !== undefined) {
      timedOut.add(first);
      first.cancel();
    }
    entry.waiter.connectFailed(new UpstreamError("connect_timeout"));
    openMore();
  });
  const events: ConnectionEvents = {
    opened(connection) {
      opening.delete(connection);
      timedOut.delete(connection);
      assign(connection);
    },
    openFailed(connection, fault) {
      opening.delete(connection);
      const [first] = queue;
      if (!timedOut.delete(connection) && fault !== CANCELLED && first !== undefined) {
        dequeue(first);
        first.waiter.connectFailed(fault);
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
      const entry: QueueEntry = { waiter, freshness, deadline: null };
      entry.deadline = timeouts.add(entry);
      queue.push(entry);
      openMore();
      return null;
    },
    cancel(waiter) {
      const entry = queue.find((one) => one.waiter === waiter);
      if (entry === undefined) return;
      dequeue(entry);
      // An attempt that can't be cancelled serves a later request.
      if (opening.size - timedOut.size <= queue.length) return;
      for (const connection of opening.difference(timedOut)) if (connection.cancel()) return;
    },
  };

  function isFit({ wasUsed, idleSince }: Connection, freshness: Freshness): boolean {
    if (freshness === "any") return true;
    return freshness === "new" ? !wasUsed : performance.now() - idleSince < LIMITS.upstreamFresh;
  }

  /** Hands a connection to the first waiter that may use it, or keeps it idle unless descriptors are short. */
  function assign(connection: Connection): void {
    const entry =
      queue.length === 0 ? undefined : queue.find(({ freshness }) => isFit(connection, freshness));
    if (entry !== undefined) {
      dequeue(entry);
      return entry.waiter.connected(connection);
    }
    if (descriptorsShort()) return connection.close();
    idle.push(connection);
    sweepTimer ??= setInterval(sweep, LIMITS.upstreamSweepInterval).unref();
  }

  function dequeue(entry: QueueEntry): void {
    queue.splice(queue.indexOf(entry), 1);
    if (entry.deadline !== null) timeouts.remove(entry.deadline);
  }

  function openMore(): void {
    while (opening.size - timedOut.size < queue.length && opening.size < max) opening.add(open(events));
  }

  /** Closes the connections that have been idle for too long, or all while descriptors are short. The oldest come first. */
  function sweep(): void {
    const before = descriptorsShort() ? Infinity : performance.now() - LIMITS.upstreamIdle;
    for (let [first] = idle; first !== undefined && first.idleSince < before; [first] = idle) first.close();
    if (idle.length > 0 || sweepTimer === null) return;
    clearInterval(sweepTimer);
    sweepTimer = null;
  }
}
