import { CANCELLED, type Connection, type ConnectionEvents } from "../../src/upstream/connection.ts";
import { connectionPool, type Freshness, type Waiter } from "../../src/upstream/connection-pool.ts";
import { upstreamCause, UpstreamError } from "../../src/upstream/upstream-error.ts";
import type { UpstreamCause } from "../../src/http/upstream-facts.ts";

/** A connection without a socket, controlled by the test. */
export class FakeConnection {
  openedAt = 0;
  idleSince = 0;
  wasUsed = false;
  state: "opening" | "open" | "closed" = "opening";
  canCancel = false;
  cancels = 0;

  constructor(
    readonly number: number,
    private readonly events: ConnectionEvents,
  ) {}

  open(): void {
    this.state = "open";
    this.openedAt = this.idleSince = performance.now();
    this.events.opened(this.asConnection);
  }

  fail(cause: UpstreamCause): void {
    this.state = "closed";
    this.events.openFailed(this.asConnection, new UpstreamError(cause));
  }

  becomeIdle(): void {
    this.wasUsed = true;
    this.idleSince = performance.now();
    this.events.idle(this.asConnection);
  }

  close(): void {
    if (this.state !== "open") return;
    this.state = "closed";
    this.events.closed(this.asConnection);
  }

  cancel(): void {
    this.cancels += 1;
    if (this.state !== "opening" || !this.canCancel) return;
    this.state = "closed";
    this.events.openFailed(this.asConnection, CANCELLED);
  }

  get asConnection(): Connection {
    return this as unknown as Connection;
  }
}

/** A pool of fake connections, by number, and notes of what each waiter received: a connection, or a fault. */
export function fakePool(connectTimeout = 5_000, max = 100, descriptorsShort = () => false) {
  const opened: FakeConnection[] = [];
  const notes: string[] = [];
  const waiters = new Map<string, Waiter>();
  const pool = connectionPool(
    (events) => {
      const made = new FakeConnection(opened.length, events);
      opened.push(made);
      return made.asConnection;
    },
    connectTimeout,
    max,
    descriptorsShort,
  );
  const numberOf = (connection: Connection) => (connection as unknown as FakeConnection).number;
  /** Acquires a connection for a waiter of this name, and returns its number, or null. */
  function acquire(freshness: Freshness = "any", name = "somebody"): number | null {
    const one: Waiter = {
      connected: (connection) => void notes.push(`${name} has ${numberOf(connection)}`),
      connectFailed: (fault) => void notes.push(`${name}: ${upstreamCause(fault)}`),
    };
    waiters.set(name, one);
    const connection = pool.acquire(freshness, one);
    return connection === null ? null : numberOf(connection);
  }
  return {
    opened,
    notes,
    acquire,
    ask: (name: string, freshness: Freshness = "any") => acquire(freshness, name),
    cancel: (name: string) =>
      pool.cancel(waiters.get(name) ?? { connected: () => {}, connectFailed: () => {} }),
  };
}
