import { CANCELLED, type Connection, type ConnectionEvents } from "../../src/upstream/connection.ts";
import { connectionPool, type Waiting, type Wanted } from "../../src/upstream/connection-pool.ts";
import { upstreamCause, UpstreamError } from "../../src/upstream/upstream-error.ts";
import type { UpstreamCause } from "../../src/http/upstream-facts.ts";

/** A connection without a socket, of which the test says what happens. */
export class FakeConnection {
  openedAt = 0;
  freeSince = 0;
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
    this.openedAt = this.freeSince = performance.now();
    this.events.opened(this.asConnection);
  }

  fail(cause: UpstreamCause): void {
    this.state = "closed";
    this.events.unopened(this.asConnection, new UpstreamError(cause));
  }

  becomeFree(): void {
    this.wasUsed = true;
    this.freeSince = performance.now();
    this.events.free(this.asConnection);
  }

  close(): void {
    if (this.state !== "open") return;
    this.state = "closed";
    this.events.closed(this.asConnection);
  }

  cancel(): boolean {
    this.cancels += 1;
    if (this.state !== "opening" || !this.canCancel) return false;
    this.state = "closed";
    this.events.unopened(this.asConnection, CANCELLED);
    return true;
  }

  get asConnection(): Connection {
    return this as unknown as Connection;
  }
}

/** A pool of fake connections, by number, and the notes of those who wait: what they have, or why they have none. */
export function fakePool(connectTimeout = 5_000, max = 100) {
  const opened: FakeConnection[] = [];
  const notes: string[] = [];
  const waiting = new Map<string, Waiting>();
  const pool = connectionPool(
    (events) => {
      const made = new FakeConnection(opened.length, events);
      opened.push(made);
      return made.asConnection;
    },
    connectTimeout,
    max,
  );
  const numberOf = (connection: Connection) => (connection as unknown as FakeConnection).number;
  /** Takes a connection under a name, and returns its number, or null. */
  function take(wanted: Wanted = "any", name = "somebody"): number | null {
    const one: Waiting = {
      connected: (connection) => void notes.push(`${name} has ${numberOf(connection)}`),
      notConnected: (fault) => void notes.push(`${name}: ${upstreamCause(fault)}`),
    };
    waiting.set(name, one);
    const connection = pool.take(wanted, one);
    return connection === null ? null : numberOf(connection);
  }
  return {
    opened,
    notes,
    take,
    ask: (name: string, wanted: Wanted = "any") => take(wanted, name),
    leave: (name: string) => pool.leave(waiting.get(name) ?? { connected: () => {}, notConnected: () => {} }),
  };
}
