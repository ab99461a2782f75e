import type { IncomingMessage } from "node:http";
import type { WebSocket } from "ws";
import { HOP_BY_HOP, isEndToEnd, namedByConnection } from "../../http/hop-by-hop.ts";
import { LIMITS } from "../../limits.ts";
import { tryConnection } from "../../upstream/try-connection.ts";
import type { UpstreamOptions } from "../../upstream/upstream.ts";
import { tlsOptions } from "../../upstream/upstream-tls.ts";
import { UpstreamError } from "../../upstream/upstream-error.ts";
import { CLIENT_LEFT } from "./upstream-refusal.ts";

/** The outcome of a handshake. */
export type Dialled =
  /** The WebSocket is open. `protocol` is the subprotocol that the upstream chose, or null. */
  | { readonly kind: "open"; readonly protocol: string | null; readonly headers: Headers }
  /** The upstream gave another answer, whose content is still to come. */
  | { readonly kind: "refused"; readonly response: IncomingMessage };

/** Receives what arrives on the WebSocket of an upstream, from the first byte on. */
export interface UpstreamListener {
  received(data: Buffer, isBinary: boolean): void;
  pinged(data: Buffer): void;
  closed(code: number, reason: string): void;
}

/** A WebSocket that is being dialled. */
export interface Dialling {
  readonly up: WebSocket;
  /** Rejects with what `upstreamRefusal` understands. */
  readonly result: Promise<Dialled>;
  /** Ends the handshake, so that the result rejects with this reason. */
  readonly fail: (reason: unknown) => void;
}

/**
 * Dials a WebSocket to `target`, a path with a query, at the upstream, until it is open, is refused or times out, or the
 * client leaves (`signal`). Everything that arrives on it goes to `listener`.
 *
 * Follows no redirect and offers no compression: each side would have to compress for itself. Environment variables that
 * name a proxy have no effect (Bun 1.4.5).
 *
 * "ws" and node:net are loaded with the first handshake, because they take 2 MB (Bun 1.4.5).
 */
export async function dialWebSocket(
  options: UpstreamOptions,
  target: string,
  protocols: readonly string[],
  headers: Readonly<Record<string, string>>,
  listener: UpstreamListener,
  signal: AbortSignal,
): Promise<Dialling> {
  const { WebSocket } = await import("ws");
  const { promise, resolve, reject } = Promise.withResolvers<Dialled>();
  const up = new WebSocket(urlOf(options, target), protocols, {
    ...transportOf(options),
    headers,
    followRedirects: false,
    perMessageDeflate: false,
    // The client answers the upstream's pings.
    autoPong: false,
    maxPayload: LIMITS.socketMessage,
    closeTimeout: LIMITS.socketClose,
  });
  const settle = () => {
    endTimer();
    // It would fire when the client leaves an open WebSocket, before its close frame is passed on (Bun 1.4.5).
    signal.removeEventListener("abort", leave);
  };
  const fail = (fault: unknown) => {
    settle();
    reject(fault);
    up.terminate();
  };
  const leave = () => fail(CLIENT_LEFT);
  const endTimer = timeLimit(options, fail);
  signal.addEventListener("abort", leave);
  if (signal.aborted) leave();

  let accepted = new Headers();
  let choseNone = false;
  up.on("upgrade", (response) => {
    accepted = headersOf(response);
    choseNone = protocols.length > 0 && acceptNoProtocol(response, protocols);
  })
    .on("open", () => {
      const protocol = choseNone || up.protocol === "" ? null : up.protocol;
      settle();
      resolve({ kind: "open", protocol, headers: accepted });
    })
    .on("unexpected-response", (_, response) => {
      settle();
      resolve({ kind: "refused", response });
    })
    // After an error an open WebSocket is closed with 1006.
    .on("error", fail)
    .on("message", (data, isBinary) => listener.received(data, isBinary))
    .on("ping", (data) => listener.pinged(data))
    .on("close", (code, reason) => listener.closed(code, reason.toString()));
  return { up, result: promise, fail };
}

/** The end-to-end headers of an upstream's answer to a handshake, without those of its framing. */
export function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let i = 0; i < rawHeaders.length; i += 2) headers.append(rawHeaders[i] ?? "", rawHeaders[i + 1] ?? "");
  const named = namedByConnection(headers.get("connection"), isEndToEnd) ?? [];
  for (const name of [...HOP_BY_HOP, ...OWN_HEADERS, ...named]) headers.delete(name);
  return headers;
}

/** Bun sets these itself. */
const OWN_HEADERS = [
  ...["content-length", "date"],
  ...["sec-websocket-accept", "sec-websocket-extensions", "sec-websocket-protocol", "sec-websocket-version"],
];

/** RFC 6455 4.2.2 lets the upstream choose no subprotocol, but "ws" fails then, so it is shown one. */
function acceptNoProtocol(
  { headers, rawHeaders }: IncomingMessage,
  [first = ""]: readonly string[],
): boolean {
  if (headers["sec-websocket-protocol"] !== undefined) return false;
  // "ws" reads these lines next (Bun 1.4.5).
  rawHeaders.push("Sec-WebSocket-Protocol", first);
  return true;
}

function urlOf({ url: { protocol, host, port, unix } }: UpstreamOptions, target: string): string {
  if (unix !== null) return `ws://localhost${target}`;
  return `${protocol === "https" ? "wss" : "ws"}://${host.includes(":") ? `[${host}]` : host}:${port}${target}`;
}

function transportOf({ url: { protocol, unix }, tls }: UpstreamOptions) {
  // A ws+unix: URL can't name every path. Over TCP, createConnection takes a sixth more CPU for each message, with TLS a
  // quarter, and a third for messages of 64 KB (Bun 1.4.5).
  if (unix !== null) {
    const { connect } = process.getBuiltinModule("node:net");
    return { createConnection: () => connect(unix) };
  }
  return protocol === "https" ? { tls: tlsOptions(tls) } : {};
}

/** Calls `fail` if the upstream does not answer in time. Returns a function that ends the wait. */
function timeLimit(options: UpstreamOptions, fail: (fault: Error) => void): () => void {
  const { url, connectTimeout, timeout } = options;
  let isEnded = false;
  const timers: Timer[] = [];
  // Without createConnection "ws" does not report when it is connected, and its handshakeTimeout includes the wait for the
  // answer (Bun 1.4.5). So after half of the time without one a separate connection tests whether the upstream accepts any.
  const half = connectTimeout / 2;
  const check = async () => {
    const outcome = await tryConnection(url, half);
    if (!isEnded && outcome === "silent") fail(new UpstreamError("connect_timeout"));
  };
  timers.push(setTimeout(check, half));
  if (timeout !== null) timers.push(setTimeout(() => fail(new UpstreamError("timeout")), timeout));
  return () => {
    isEnded = true;
    for (const timer of timers) clearTimeout(timer);
  };
}
