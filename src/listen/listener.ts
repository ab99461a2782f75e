import type { FetchHandler } from "../http/handler.ts";
import { faultResponse } from "../http/refusal.ts";
import type { ListenOptions } from "./listen-options.ts";
import { LIMITS } from "../limits.ts";
import { ListenError, listenError } from "./listen-error.ts";
import type { Observe } from "../observations/observation.ts";
import { socketFile } from "./unix-socket.ts";

/** Certificate, key and client CA as PEM texts. */
export type TlsMaterial = NonNullable<ListenOptions["tls"]>;

/** A socket that takes requests. */
export interface Listener {
  /** The real address, the port that was taken for port 0 included; `unix:` and the path for a Unix socket. */
  readonly url: string;
  /** Requests whose answer has not left whole. */
  inFlight(): number;
  /** Closes HTTP/2 connections on which no request is in flight, and with them those of HTTP/1.1 where it has both. */
  closeIdle(): void;
  /**
   * Takes other TLS material for the connections to come, and resolves once no new one meets the old. The last
   * call wins, whenever it comes. Throws a ListenError where the material can't be used; the old then stays.
   *
   * Connections that are kept lose no request. A new one may be reset: when a socket of a port is closed, Linux
   * drops those whose handshake it has not finished or handed over (about one in a renewal at a thousand
   * connections a second), unless net.ipv4.tcp_migrate_req is 1. At a Unix socket none is lost.
   */
  renew(tls: TlsMaterial): Promise<void>;
  /**
   * Takes no more connections, closes the idle ones, and lets requests in flight finish for at most so many
   * milliseconds. Gives the number of those that were cut off.
   */
  stop(deadline: number): Promise<number>;
}

/**
 * Listens and hands every request to `serve`. Throws a ListenError.
 *
 * Bun 1.4.5 keeps the certificate a server was started with, whatever `reload` is given. So a renewal starts a
 * second server at the same place; the first one asks its clients to come anew (`Connection: close`) for
 * `grace` milliseconds and then lets go.
 */
export async function startListener(
  options: ListenOptions,
  serve: FetchHandler,
  observe: Observe,
  grace: number = LIMITS.renewGrace,
): Promise<Listener> {
  const place = await placeOf(options);
  const stopping = Promise.withResolvers<void>();
  let stopped = false;
  let current = start(options);
  const url = urlOf(options, current.port);
  const servers = new Set([current]);

  return {
    url,
    inFlight,
    closeIdle() {
      // There is no `Connection: close` in HTTP/2, and a client that sends PING frames stays for ever (Bun 1.4.5).
      if (options.http2) for (const server of servers) server.closeIdleConnections();
    },
    renew,
    async stop(deadline) {
      stopped = true;
      stopping.resolve();
      place.leave();
      // stop() alone waits for half-sent heads, TLS handshakes and stuck requests without end (Bun 1.4.5).
      for (const server of servers) void server.stop();
      const end = performance.now() + deadline;
      while (inFlight() > 0 && performance.now() < end) await Bun.sleep(STOP_POLL);
      const cut = inFlight();
      await Promise.all([...servers].map((server) => server.stop(true)));
      return cut;
    },
  };

  function inFlight(): number {
    return [...servers].reduce((sum, server) => sum + server.pendingRequests, 0);
  }

  function start(given: ListenOptions): BunServer {
    try {
      const how = {
        ...tlsOf(given.tls),
        http2: given.http2,
        // A compiled program stays in development whatever its build flags, and shows source (Bun 1.4.5).
        development: false,
        idleTimeout: LIMITS.idleSeconds,
        maxRequestBodySize: LIMITS.bunBodySize,
        fetch: serve,
        error(fault: Error) {
          observe({ kind: "uncaught", fault });
          return faultResponse();
        },
      };
      return place.open((at) => Bun.serve({ ...at, ...how } as Bun.Serve.Options<undefined>));
    } catch (fault) {
      throw fault instanceof ListenError ? fault : listenError(given, fault as NodeJS.ErrnoException);
    }
  }

  async function renew(tls: TlsMaterial): Promise<void> {
    if (stopped) return;
    if (options.tls === null) {
      throw new ListenError(`${options.setting}.tls can't be switched on while the server runs: restart it.`);
    }
    const old = current;
    current = start({ ...options, tls });
    servers.add(current);
    // What else was set stays as it is: reload() changes only what it is given (Bun 1.4.5).
    old.reload({ fetch: (request, server) => serve(request, server, true) });
    await Promise.race([sleep(grace), stopping.promise]);
    if (stopped) return;
    // Idle connections end at once; those in a handshake still get the answer to one request (Bun 1.4.5).
    void Promise.race([old.stop(), sleep(LIMITS.renewDeadline), stopping.promise])
      .then(() => (stopped ? undefined : old.stop(true)))
      .then(() => (stopped ? undefined : servers.delete(old)));
  }
}

type BunServer = Bun.Server<undefined>;
type At = { unix: string } | { hostname: string; port: number; reusePort: boolean };

/** Where to listen, as often as one likes. */
interface Place {
  open(listen: (at: At) => BunServer): BunServer;
  leave(): void;
}

async function placeOf(options: ListenOptions): Promise<Place> {
  const { host: hostname, port, unix, reusePort, tls } = options;
  if (unix !== null) {
    const file = await socketFile(options, unix);
    return { open: (listen) => file.place((path) => listen({ unix: path })), leave: file.remove };
  }
  await checkHost(options);
  let taken: number | null = null;
  return {
    open(listen) {
      // Two servers of a renewal can only share a port that both were opened to share. Then nobody would tell of
      // another program there, so the port is first taken alone. Who takes it between the two, some
      // microseconds, is not noticed where it is the same user and shares it as well.
      if (tls !== null && !reusePort && port !== 0 && taken === null) {
        void listen({ hostname, port, reusePort: false }).stop(true);
      }
      // Without development Bun shares the port by default: a second server would take half the connections.
      const server = listen({ hostname, port: taken ?? port, reusePort: reusePort || tls !== null });
      taken = server.port ?? null;
      return server;
    },
    leave() {},
  };
}

/** Of a name that can't be resolved Bun.serve tells with the error of whatever failed before it (Bun 1.4.5). */
async function checkHost(options: ListenOptions): Promise<void> {
  if (/:|^[\d.]+$/.test(options.host)) return;
  try {
    await Bun.dns.lookup(options.host);
  } catch {
    throw listenError(options, Object.assign(new Error(), { code: "ENOTFOUND" }));
  }
}

function tlsOf(tls: ListenOptions["tls"]): { tls?: Bun.TLSOptions } {
  if (tls === null) return {};
  const { cert, key, clientCa } = tls;
  // Bun sends no HTTP error to a client without a good certificate: it cuts the connection (1.4.5).
  const clients = clientCa === null ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true };
  return { tls: { cert, key, ciphers: TLS_1_2_CIPHERS, ...clients } };
}

/** Where a listener with these options is reached, at the port it really has. */
export function urlOf({ host, unix, tls }: ListenOptions, port: number | undefined): string {
  if (unix !== null) return `unix:${unix.path}`;
  return `${tls === null ? "http" : "https"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/**
 * What TLS 1.2 is left with: suites with forward secrecy and authenticated encryption (RFC 9325 4.2). Bun 1.4.5 would
 * also take RSA key exchange, where a key that leaks one day decrypts what was recorded before, and CBC. The suites of
 * TLS 1.3 are not among these and stay as they are.
 */
const TLS_1_2_CIPHERS = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
].join(":");

/** Does not keep a process that has ended everything else. */
function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, milliseconds).unref());
}

/** Bun does not tell when the last request in flight is done. */
const STOP_POLL = 10;
