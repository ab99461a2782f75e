import type { FetchHandler } from "../http/handler.ts";
import { faultResponse } from "../http/refusal.ts";
import { clientSockets, type ClientSockets } from "./client-sockets.ts";
import type { SocketHandler } from "../http/upgraded.ts";
import type { ListenOptions } from "./listen-options.ts";
import { LIMITS } from "../limits.ts";
import { ListenError, listenError } from "./listen-error.ts";
import type { Observe } from "../observations/observation.ts";
import { socketFile } from "./unix-socket.ts";

/** Certificate, key and client CA as PEM texts. */
export type TlsMaterial = NonNullable<ListenOptions["tls"]>;

/** A socket that accepts requests. */
export interface Listener {
  /** The address it listens on, with the actual port where the config says 0; `unix:` and the path for a Unix socket. */
  readonly url: string;
  /** Requests whose answer has not been fully sent, and WebSockets. */
  inFlight(): number;
  /** Closes idle connections if the listener serves HTTP/2, those of HTTP/1.1 among them. */
  closeIdle(): void;
  /**
   * Uses other TLS material for new connections, and resolves once none can meet the old one any more. The last call
   * wins. Throws a ListenError if the material can't be used, and keeps the old one.
   *
   * Established connections lose no request. A new one may be reset: when a socket of a port is closed, Linux drops the
   * connections whose handshake is not finished or that were not accepted yet (about one in a renewal at a thousand
   * connections a second), unless net.ipv4.tcp_migrate_req is 1. A Unix socket loses none.
   */
  renew(tls: TlsMaterial): Promise<void>;
  /**
   * Accepts no more connections, closes the idle ones, and lets requests in flight finish for at most `deadline`
   * milliseconds. Returns the number of those that were cut off.
   */
  stop(deadline: number): Promise<number>;
}

/**
 * Listens and passes every request to `serve`. Throws a ListenError.
 *
 * Bun 1.4.5 keeps the certificate that a server was started with, whatever `reload` is given. So a renewal starts a
 * second server on the same address; the first one asks its clients to reconnect (`Connection: close`) for `grace`
 * milliseconds and then stops.
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
  const url = urlOf(options, current.server.port);
  const servers = new Set([current]);

  return {
    url,
    inFlight,
    closeIdle() {
      // HTTP/2 has no `Connection: close`, and a client that sends PING frames stays connected for ever (Bun 1.4.5).
      if (options.http2) for (const { server } of servers) server.closeIdleConnections();
    },
    renew,
    async stop(deadline) {
      stopped = true;
      stopping.resolve();
      place.leave();
      // stop() alone waits without limit for half-sent heads, TLS handshakes and stuck requests (Bun 1.4.5).
      for (const { server } of servers) void server.stop();
      // Only now, so that a client that reconnects reaches another server.
      for (const { sockets } of servers) sockets.closeAll();
      const end = performance.now() + deadline;
      while (inFlight() > 0 && performance.now() < end) await Bun.sleep(STOP_POLL);
      const cut = inFlight();
      await Promise.all([...servers].map(({ server }) => server.stop(true)));
      return cut;
    },
  };

  function inFlight(): number {
    return [...servers].reduce(
      (sum, { server }) => sum + server.pendingRequests + server.pendingWebSockets,
      0,
    );
  }

  function start(given: ListenOptions): Running {
    const sockets = clientSockets(observe);
    try {
      const how = {
        ...tlsOf(given.tls),
        http2: given.http2,
        // A compiled program is in development mode whatever its build flags, and shows source code (Bun 1.4.5).
        development: false,
        idleTimeout: LIMITS.idleSeconds,
        maxRequestBodySize: LIMITS.bunBodySize,
        fetch: serve,
        websocket: sockets.handler,
        error(fault: Error) {
          observe({ kind: "uncaught", fault });
          return faultResponse();
        },
      };
      const server = place.open((at) => Bun.serve({ ...at, ...how } as Bun.Serve.Options<SocketHandler>));
      return { server, sockets };
    } catch (fault) {
      throw fault instanceof ListenError ? fault : listenError(given, fault as NodeJS.ErrnoException);
    }
  }

  async function renew(tls: TlsMaterial): Promise<void> {
    if (stopped) return;
    if (options.tls === null) {
      throw new ListenError(
        `${options.setting}.tls can't be added while the server runs; restart to apply it`,
      );
    }
    const old = current;
    current = start({ ...options, tls });
    servers.add(current);
    // reload() changes only what it is given (Bun 1.4.5).
    old.server.reload({ fetch: (request, server) => serve(request, server, true) });
    await Promise.race([sleep(grace), stopping.promise]);
    if (stopped) return;
    // Idle connections close at once; those in a handshake still get one answer (Bun 1.4.5).
    void Promise.race([old.server.stop(), sleep(LIMITS.renewDeadline), stopping.promise])
      .then(() => (stopped ? undefined : old.sockets.closeAll()))
      .then(() => (stopped ? undefined : old.server.stop(true)))
      .then(() => (stopped ? undefined : servers.delete(old)));
  }
}

type BunServer = Bun.Server<SocketHandler>;

interface Running {
  readonly server: BunServer;
  readonly sockets: ClientSockets;
}

type At = { unix: string } | { hostname: string; port: number; reusePort: boolean };

/** An address that more than one server can listen on, one after the other. */
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
      // The two servers of a renewal can share a port only if both were opened to share it. The system would then no
      // longer report another program there, so the port is first taken alone. Between the two, for some
      // microseconds, a program of the same user that also shares it goes unnoticed.
      if (tls !== null && !reusePort && port !== 0 && taken === null) {
        void listen({ hostname, port, reusePort: false }).stop(true);
      }
      // Outside of development mode Bun shares the port by default: a second server would take half the connections.
      const server = listen({ hostname, port: taken ?? port, reusePort: reusePort || tls !== null });
      taken = server.port ?? null;
      return server;
    },
    leave() {},
  };
}

/** For a name that can't be resolved Bun.serve throws the error of whatever failed before it (Bun 1.4.5). */
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
  // A client without a valid certificate gets no HTTP error: Bun 1.4.5 cuts the connection.
  const clients = clientCa === null ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true };
  return { tls: { cert, key, ciphers: TLS_1_2_CIPHERS, ...clients } };
}

/** The URL of a listener with these options, on the port it actually has. */
export function urlOf({ host, unix, tls }: ListenOptions, port: number | undefined): string {
  if (unix !== null) return `unix:${unix.path}`;
  return `${tls === null ? "http" : "https"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/**
 * The suites of TLS 1.2: those with forward secrecy and authenticated encryption (RFC 9325 4.2). By default Bun 1.4.5
 * also accepts RSA key exchange, where a leaked key decrypts what was recorded before, and CBC. The suites of TLS 1.3
 * are not listed here and stay as they are.
 */
const TLS_1_2_CIPHERS = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
].join(":");

/** Does not keep the process running. */
function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, milliseconds).unref());
}

/** Bun does not report when the last request in flight is done. */
const STOP_POLL = 10;
