import { LIMITS } from "../../limits.ts";
import { deadlines } from "./deadlines.ts";
import { tryConnection } from "./can-connect.ts";
import type { Moment } from "./timeline.ts";
import type { BurstLimit } from "./burst-limit.ts";
import { UpstreamError } from "./upstream-error.ts";
import type { UpstreamUrl } from "./upstream-url.ts";

/** How the certificate of an `https:` upstream is judged. */
export interface UpstreamTls {
  /** The authorities that may sign it, in PEM; null for those of the system. */
  readonly ca: string | null;
  /** Whether any certificate will do. */
  readonly insecure: boolean;
}

/** Options for `upstream`. */
export interface UpstreamOptions {
  readonly url: UpstreamUrl;
  readonly tls: UpstreamTls;
  /** Milliseconds that a connection may take, TLS included. */
  readonly connectTimeout: number;
  /** Milliseconds in which it must take more of a request and, once it has all, send the head of an answer; null for no limit. */
  readonly timeout: number | null;
}

/** A request on its way to an upstream. */
export interface UpstreamRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Headers;
  readonly content: ReadableStream<Uint8Array> | null;
  /** Ends it, with the reason. */
  readonly ending: AbortController;
  /** Whether the head of the answer has arrived, or never will. */
  answered: boolean;
  /** The end of the time that the upstream has to act, if that has started. */
  deadline: Moment<UpstreamRequest> | null;
  /** The end of the time to connect; null until it is sent. */
  connecting: Moment<UpstreamRequest> | null;
  /** The pieces of its content that were asked for. */
  pieces: number;
}

/** A server that requests are forwarded to. */
export interface Upstream {
  /** Sends a request and resolves to the head of its answer. Throws what `upstreamCause` understands. */
  send(request: UpstreamRequest): Promise<Response>;
  /** Starts or restarts the time that the upstream has to act. Does nothing once there is an answer. */
  await(request: UpstreamRequest): void;
  /** Stops that time, because it is the client's turn: another piece of the content is asked for. */
  rest(request: UpstreamRequest): void;
}

/**
 * Forwards requests by fetch. Bun 1.4.5:
 *
 * - Its own timeout ends every upload after six minutes, and is off here. It has no separate timeout to connect: when an
 *   answer has taken half of `connectTimeout`, a separate connection finds out whether the upstream can be reached. If that
 *   one is refused, it proves nothing: a refused request has failed already, and an upstream that is shutting down refuses
 *   new connections while it still answers on the others. fetch asks for a second piece of content only when it is
 *   connected, so such a request no longer has a time to connect, even while the upstream takes no new connections.
 * - A request without content is sent again if the upstream closed its connection just before and its method is idempotent
 *   (RFC 9110 9.2.2). DELETE and PUT, which change something, get connections of their own to prevent that. Content is
 *   always a stream, which is never sent twice.
 * - Connections that are always in use never look up the host again, so they are renewed now and then.
 */
export function upstream(options: UpstreamOptions, gate: BurstLimit): Upstream {
  const { url, tls, connectTimeout, timeout } = options;
  const origin = `${url.protocol}://${url.host.includes(":") ? `[${url.host}]` : url.host}:${url.port}`;
  const session = new Bun.FetchSession({
    // The environment's HTTP_PROXY must have no effect.
    proxy: false,
    ...(url.unix !== null && { unix: url.unix }),
    ...(url.protocol === "https" && { tls: tlsOptions(tls) }),
  });
  let renewal = performance.now() + LIMITS.upstreamRenewal;
  const interval = LIMITS.deadlineInterval;
  const answers =
    timeout === null
      ? null
      : deadlines<UpstreamRequest>(timeout, interval, ({ ending }) =>
          ending.abort(new UpstreamError("timeout")),
        );
  let trial: ReturnType<typeof tryConnection> | null = null;
  const unconnected = deadlines<UpstreamRequest>(connectTimeout / 2, interval, (request) => {
    trial ??= tryConnection(url, connectTimeout / 2).finally(() => (trial = null));
    void trial.then((outcome) => {
      if (outcome !== "silent" || request.answered) return;
      request.ending.abort(new UpstreamError("connect_timeout"));
    });
  });

  return {
    async send(request) {
      const { method, target, headers, content, ending } = request;
      const entered = gate.enter();
      const pass = entered instanceof Promise ? await entered : entered;
      const now = performance.now();
      if (now > renewal) {
        renewal = now + LIMITS.upstreamRenewal;
        session.close();
      }
      request.connecting = unconnected.add(request);
      try {
        return await session.fetch(origin + target, {
          method,
          headers,
          body: content,
          signal: ending.signal,
          redirect: "manual",
          decompress: false,
          timeout: false,
          ...(content === null && (method === "DELETE" || method === "PUT") && { keepalive: false }),
        } as BunFetchRequestInit);
      } finally {
        request.answered = true;
        gate.leave(pass);
        connected(request);
        stop(request);
      }
    },
    await(request) {
      if (request.answered || answers === null) return;
      stop(request);
      request.deadline = answers.add(request);
    },
    rest(request) {
      stop(request);
      request.pieces += 1;
      if (request.pieces > 1) connected(request);
    },
  };

  function stop({ deadline }: UpstreamRequest): void {
    if (deadline !== null) answers?.remove(deadline);
  }

  function connected({ connecting }: UpstreamRequest): void {
    if (connecting !== null) unconnected.remove(connecting);
  }
}

/** The TLS options of a connection to an upstream. */
export function tlsOptions({ ca, insecure }: UpstreamTls): Bun.TLSOptions {
  return { ...(ca !== null && { ca }), ...(insecure && { rejectUnauthorized: false }) };
}
