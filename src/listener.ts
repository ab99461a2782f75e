import { faultResponse, type Serve } from "./answer.ts";
import { LIMITS } from "./limits.ts";
import type { ListenOptions } from "./config/config.ts";
import type { Observe } from "./observations/observation.ts";

/** A socket that takes requests. */
export interface Listener {
  /** The real address, the port that was taken for port 0 included. */
  readonly url: string;
  /** Requests whose answer has not left whole. */
  inFlight(): number;
  /**
   * Takes no more connections, closes the idle ones, and lets requests in flight finish for at most so many
   * milliseconds. Gives the number of those that were cut off.
   */
  stop(deadline: number): Promise<number>;
}

/** Can't listen. The message is one sentence for the person who has to act. */
export class ListenFault extends Error {}

/** Listens and hands every request to `serve`. Throws a ListenFault. */
export function startListener(options: ListenOptions, serve: Serve, observe: Observe): Listener {
  const server = listen(options, serve, observe);
  const { host } = options;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${server.port}`,
    inFlight: () => server.pendingRequests,
    async stop(deadline) {
      // stop() alone waits for half-sent headers and for stuck requests without end (Bun 1.4.5).
      void server.stop();
      const end = performance.now() + deadline;
      while (server.pendingRequests > 0 && performance.now() < end) await Bun.sleep(STOP_POLL);
      const cut = server.pendingRequests;
      await server.stop(true);
      return cut;
    },
  };
}

function listen(options: ListenOptions, serve: Serve, observe: Observe): Bun.Server<undefined> {
  const { host, port } = options;
  // A setting's own check would be the place for this, but a port out of range ends as one that is taken does.
  if (port < 0 || port > 65535) {
    throw new ListenFault(`server.http.port ${port} is out of range: a port is a number from 0 to 65535.`);
  }
  try {
    return Bun.serve({
      hostname: host,
      port,
      // A compiled program stays in development whatever its build flags, and shows source (Bun 1.4.5).
      development: false,
      // Without development Bun shares the port by default: a second server would take half the connections.
      reusePort: false,
      idleTimeout: LIMITS.idleSeconds,
      maxRequestBodySize: LIMITS.bunBodySize,
      fetch: serve,
      error(fault) {
        observe({ kind: "strayed", fault });
        return faultResponse();
      },
    });
  } catch (fault) {
    throw new ListenFault(listenText(options, fault as NodeJS.ErrnoException));
  }
}

/** What to do about a fault of listening, in one sentence. */
export function listenText({ host, port }: ListenOptions, fault: NodeJS.ErrnoException): string {
  switch (fault.code) {
    case "EADDRINUSE":
      return `Port ${port} on ${host} is taken by another program: stop it or set another server.http.port.`;
    case "EACCES":
      return `Port ${port} on ${host} is not open to this user: set a server.http.port from 1024 on, or grant the right to bind it.`;
    case "EADDRNOTAVAIL":
      return `The address ${host} is not one of this machine: set server.http.host to one of its own, or to 0.0.0.0 for all.`;
    case "EINVAL":
    case "EAGAIN":
    case "ENOTFOUND":
      return `The host ${host} can't be resolved: set server.http.host to a name or an address of this machine.`;
    default:
      return `Can't listen on ${host} port ${port}: ${fault.message}`;
  }
}

/** Bun does not tell when the last request in flight is done. */
const STOP_POLL = 10;
