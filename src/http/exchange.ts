import type { Client, Identify } from "./client.ts";
import type { CloseReason, ConnectionInfo } from "./keep-alive.ts";
import type { Clock } from "./clock.ts";
import type { Endpoint } from "./endpoint.ts";
import type { ErrorFormat } from "./error-content.ts";
import type { SocketHandler } from "./upgraded.ts";
import type { UpstreamFacts } from "./upstream-facts.ts";

/** What all exchanges of a listener share. */
export interface ExchangeOptions {
  readonly identify: Identify;
  readonly clock: Pick<Clock, "elapsed">;
  /** The format of refusals and faults where the route sets none. */
  readonly errorFormat: ErrorFormat;
}

/**
 * What becomes known of a request on its way. Guards and handlers see it as their context; the log and the metrics see it
 * once it is over. One object, because a second one for each request takes 3 % of it. It has 18 fields: one more would make
 * it larger by 64 bytes (Bun 1.4.5).
 */
export class Exchange {
  /** The user of the token, once token auth has found one. */
  user: { readonly name: string; readonly tokenId: string; readonly scopes: readonly string[] } | null = null;
  /** The handle of a refused token, and why it was refused, in one word; null if none was. */
  refusedToken: { readonly reason: string; readonly tokenId: string | null } | null = null;
  /** Bytes of the request's content: declared, or read so far. What exceeds the limit is not counted. */
  received = 0;
  /** Bytes of the answer's content; null while unknown. */
  sent: number | null = null;
  /** The upstream that the request was forwarded to; null if it was not. */
  upstream: UpstreamFacts | null = null;
  /** Whether the client left before the end of the answer. */
  aborted = false;
  /** Why it was cut off: the new state of its token, in one word; null if it was not. */
  withdrawn: string | null = null;
  /** Why the connection closes with the answer although a user's would stay open. */
  closing: CloseReason | null = null;
  /** Headers to add to the answer: a response, a refusal or a fault. */
  headers: [name: string, value: string][] | null = null;
  // Private, so that nothing that prints an exchange can print its credentials.
  readonly #request: Request;
  readonly #connection: ConnectionInfo;
  readonly #endpoint: Endpoint;
  readonly #options: ExchangeOptions;
  readonly #start: number;
  #client: Client | null = null;
  #digest: Uint8Array | null = null;

  constructor(
    request: Request,
    connection: ConnectionInfo,
    endpoint: Endpoint,
    options: ExchangeOptions,
    readonly method: string,
    /** Normalised, still percent-encoded, without query and fragment. Begins with a slash; empty if it is not valid. */
    readonly path: string,
    /** When it began, as the clock says. */
    start: number,
  ) {
    this.#request = request;
    this.#connection = connection;
    this.#endpoint = endpoint;
    this.#options = options;
    this.#start = start;
  }

  /** The path of the route, such as `/files/*`, or null if there is none for this path. */
  get route(): string | null {
    return this.#endpoint.route;
  }

  /** Whether the request is a probe, which a monitor repeats for ever. */
  get isProbe(): boolean {
    return this.#endpoint.isProbe;
  }

  /** The format of a refusal or a fault. */
  get errorFormat(): ErrorFormat {
    return this.#endpoint.errorFormat ?? this.#options.errorFormat;
  }

  /** The digest of the token, once it was judged. Never shown: a guess could be checked against it. */
  get digest(): Uint8Array | null {
    return this.#digest;
  }

  set digest(digest: Uint8Array) {
    this.#digest = digest;
  }

  /** Milliseconds since it began. */
  elapsed(): number {
    return this.#options.clock.elapsed() - this.#start;
  }

  /** The client's address and the request id. Found when first asked for, because that takes a microsecond. */
  client(): Client {
    const request = this.#request;
    this.#client ??= this.#options.identify(request, this.#connection.requestIP(request)?.address ?? null);
    return this.#client;
  }

  /** Sets how many seconds the connection may stay silent, 255 at most; 0 for any time. Holds until its next request. */
  setIdle(seconds: number): void {
    this.#connection.timeout(this.#request, seconds);
  }

  /** Requests of the same listener whose answer has not been fully sent, this one among them. */
  waiting(): number {
    return this.#connection.pendingRequests;
  }

  /** Makes the connection a WebSocket. The headers are those of the answer. Returns false if the request is no handshake. */
  upgrade(handler: SocketHandler, headers: Headers): boolean {
    return this.#connection.upgrade(this.#request, { data: handler, headers });
  }

  addHeader(name: string, value: string): void {
    (this.headers ??= []).push([name, value]);
  }
}
