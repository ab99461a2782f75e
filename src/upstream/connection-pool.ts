import { LIMITS } from "../limits.ts";
import { CANCELLED, type Connection, type ConnectionEvents } from "./connection.ts";
import { deadlines } from "./deadlines.ts";
import type { Moment } from "./timeline.ts";
import { UpstreamError } from "./upstream-error.ts";

/** Who waits for a connection. */
export interface Waiting {
  connected(connection: Connection): void;
  notConnected(fault: unknown): void;
}

/** Which connections will do. */
export type Wanted =
  /** Any. */
  | "any"
  /** One that the upstream is sure not to be closing just now, for a request that can't be sent twice. */
  | "safe"
  /** One that was never used. */
  | "new";

/** The connections to one upstream. */
export interface ConnectionPool {
  /** Returns a free connection, or null; then the one who waits gets one, or the fault that prevents it. */
  take(wanted: Wanted, waiting: Waiting): Connection | null;
  /** Ends a wait. */
  leave(waiting: Waiting): void;
}

/** Opens a connection, and calls the events later. */
export type Open = (events: ConnectionEvents) => Connection;

interface Wait {
  readonly waiting: Waiting;
  readonly wanted: Wanted;
  deadline: Moment<Wait> | null;
}

/**
 * Keeps the connections that requests have left, and opens one for each request that finds none; whichever is free first
 * takes the request. The last that became free is the first that is used again, so the others may grow old and close.
 *
 * A wait ends after `connectTimeout` milliseconds. Bun 1.4.5 can't end an attempt to connect: the system does, after two
 * minutes. Such an attempt is late and no longer counts as that of a request; `max` bounds the number of all.
 *
 * An upstream closes connections that are free for long, and a request that it crosses on the way is lost. So a request
 * that can't be sent twice only gets one that became free a moment ago. Connections are renewed after a while, because the
 * address of their upstream may have changed.
 */
export function connectionPool(open: Open, connectTimeout: number, max: number): ConnectionPool {
  const free: Connection[] = [];
  const opening = new Set<Connection>();
  const late = new Set<Connection>();
  const waits: Wait[] = [];
  let sweeping: Timer | null = null;
  const times = deadlines<Wait>(connectTimeout, LIMITS.deadlineInterval, (wait) => {
    end(wait);
    const [first] = opening.difference(late);
    if (first !== undefined) {
      late.add(first);
      first.cancel();
    }
    wait.waiting.notConnected(new UpstreamError("connect_timeout"));
    openMore();
  });
  const events: ConnectionEvents = {
    opened(connection) {
      opening.delete(connection);
      late.delete(connection);
      give(connection);
    },
    unopened(connection, fault) {
      opening.delete(connection);
      const [first] = waits;
      if (!late.delete(connection) && fault !== CANCELLED && first !== undefined) {
        end(first);
        first.waiting.notConnected(fault);
      }
      openMore();
    },
    free(connection) {
      if (connection.freeSince - connection.openedAt > LIMITS.upstreamRenewal) connection.close();
      else give(connection);
    },
    closed(connection) {
      const at = free.lastIndexOf(connection);
      if (at !== -1) free.splice(at, 1);
    },
  };

  return {
    take(wanted, waiting) {
      const last = free.at(-1);
      if (last !== undefined && isFit(last, wanted)) return free.pop() ?? null;
      const wait: Wait = { waiting, wanted, deadline: null };
      wait.deadline = times.add(wait);
      waits.push(wait);
      openMore();
      return null;
    },
    leave(waiting) {
      const wait = waits.find((one) => one.waiting === waiting);
      if (wait === undefined) return;
      end(wait);
      // One that can't be cancelled serves the next request.
      if (opening.size - late.size <= waits.length) return;
      for (const connection of opening.difference(late)) if (connection.cancel()) return;
    },
  };

  function isFit({ wasUsed, freeSince }: Connection, wanted: Wanted): boolean {
    if (wanted === "any") return true;
    return wanted === "new" ? !wasUsed : performance.now() - freeSince < LIMITS.upstreamSafe;
  }

  /** Gives a connection to the first who waits for one, or keeps it. */
  function give(connection: Connection): void {
    const wait = waits.length === 0 ? undefined : waits.find(({ wanted }) => isFit(connection, wanted));
    if (wait !== undefined) {
      end(wait);
      return wait.waiting.connected(connection);
    }
    free.push(connection);
    sweeping ??= setInterval(sweep, LIMITS.upstreamSweep).unref();
  }

  function end(wait: Wait): void {
    waits.splice(waits.indexOf(wait), 1);
    if (wait.deadline !== null) times.remove(wait.deadline);
  }

  function openMore(): void {
    while (opening.size - late.size < waits.length && opening.size < max) opening.add(open(events));
  }

  /** Closes the connections that nobody needed for long, the oldest of which come first. */
  function sweep(): void {
    const before = performance.now() - LIMITS.upstreamIdle;
    for (let [first] = free; first !== undefined && first.freeSince < before; [first] = free) first.close();
    if (free.length > 0 || sweeping === null) return;
    clearInterval(sweeping);
    sweeping = null;
  }
}
