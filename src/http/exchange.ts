import type { Client, Identify } from "./client.ts";
import type { CloseReason, ConnectionInfo } from "./keep-alive.ts";

/** A request and what becomes known of it on its way, for whoever observes it once it is over. */
export class Exchange {
  /** The `name` of the user, once token auth has found one. */
  user: string | null = null;
  /** Bytes of content that the request brought: declared, or read so far. What is over the limit does not count. */
  received = 0;
  /** Bytes of content that the answer has, where they are known. */
  sent: number | null = null;
  /** Whether the client left before the end of the answer. */
  aborted = false;
  /** Whether a monitor asks, which it does again and again. */
  isProbe = false;
  /** Why the connection closes with the answer, where a user's would stay open. */
  closing: CloseReason | null = null;
  /** Headers that the answer gets besides its own, whatever it is: a response, a refusal or a fault. */
  headers: [name: string, value: string][] | null = null;
  // Private, so that nothing that shows an exchange can show its credentials.
  readonly #request: Request;
  readonly #connection: ConnectionInfo;
  readonly #identify: Identify;
  #client: Client | null = null;

  constructor(
    request: Request,
    connection: ConnectionInfo,
    identify: Identify,
    readonly method: string,
    /** The path of a route, or words that say there is none: any other path may hold what must not be logged. */
    readonly path: string,
    /** When it began, in milliseconds of a clock that never goes back. */
    readonly start: number,
  ) {
    this.#request = request;
    this.#connection = connection;
    this.#identify = identify;
  }

  /** The address of the client and the request id: found when first asked for, because that costs a microsecond. */
  client(): Client {
    const request = this.#request;
    this.#client ??= this.#identify(request, this.#connection.requestIP(request)?.address ?? null);
    return this.#client;
  }

  addHeader(name: string, value: string): void {
    (this.headers ??= []).push([name, value]);
  }
}
