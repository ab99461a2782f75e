import { AnswerReader, type AnswerReceiver } from "./answer-reader.ts";
import { UpstreamError } from "./upstream-error.ts";
import { tlsOptions, type UpstreamTls } from "./upstream-tls.ts";
import type { UpstreamUrl } from "./upstream-url.ts";

/** The request that a connection carries, as it receives the answer. */
export interface ActiveRequest extends AnswerReceiver {
  readonly method: string;
  /** Whether all of it has been written. Otherwise the connection is not reused after the answer. */
  readonly isSent: boolean;
  /** A part of the answer has arrived, and more is to come. */
  progress(): void;
  /** The answer is cut off. `hasBegun` is false if not a byte of it arrived. */
  failed(fault: unknown, hasBegun: boolean): void;
}

/** What happens to a connection. */
export interface ConnectionEvents {
  /** It is open, and can carry a request. */
  opened(connection: Connection): void;
  /** It could not be opened. */
  openFailed(connection: Connection, fault: unknown): void;
  /** Its answer is complete, and it can carry another request. */
  idle(connection: Connection): void;
  /** It was open, and is closed now. */
  closed(connection: Connection): void;
}

/** Why a connection that was cancelled did not open. */
export const CANCELLED = new Error("cancelled");

/**
 * A connection to an upstream, which carries one request at a time.
 *
 * While it is paused, nothing is read: the kernel's buffer fills, and its backpressure slows the upstream. Bun 1.4.5 reads
 * at most 512 KB at once, into memory that it does not share.
 */
export class Connection {
  /** When it was opened, and when it last became idle, in milliseconds of `performance.now()`. */
  openedAt = 0;
  idleSince = 0;
  /** Whether it has carried a request to its end. */
  wasUsed = false;
  readonly #events: ConnectionEvents;
  readonly #isTls: boolean;
  readonly #isInsecure: boolean;
  #socket: Bun.Socket<undefined> | null = null;
  #state: "opening" | "open" | "closed" = "opening";
  #request: ActiveRequest | null = null;
  #reader: AnswerReader | null = null;
  #isPaused = false;
  /** What the kernel has not taken yet. */
  #unsent: Uint8Array[] = [];
  /** Resolves the promise of `written`. */
  #resolveWritten: (() => void) | null = null;

  constructor(url: UpstreamUrl, tls: UpstreamTls, events: ConnectionEvents) {
    this.#events = events;
    this.#isTls = url.protocol === "https";
    this.#isInsecure = tls.insecure;
    const socket: Bun.SocketHandler<undefined> = {
      open: (opened) => this.#opened(opened),
      handshake: (_, isAuthorized, fault) => this.#handshakeEnded(isAuthorized, fault),
      data: (_, bytes) => this.#received(bytes),
      drain: () => this.#drained(),
      end: () => this.#closedByUpstream(undefined),
      close: (_, fault) => this.#closedByUpstream(fault),
      error: (_, fault) => this.#closedByUpstream(fault),
    };
    const { unix, host: hostname, port } = url;
    // Without an option Bun 1.4.5 would connect without TLS.
    const secure = this.#isTls && { tls: { rejectUnauthorized: true, ...tlsOptions(tls) } };
    // Bun.connect throws synchronously for an invalid address.
    Promise.try(() =>
      unix === null ? Bun.connect({ hostname, port, socket, ...secure }) : Bun.connect({ unix, socket }),
    ).catch((fault: unknown) => this.#closed(fault));
  }

  /** Sends the head of a request, in Latin-1; content follows with `write`. The connection must not carry another request. */
  send(head: string, request: ActiveRequest): void {
    this.#request = request;
    this.#reader = new AnswerReader(request.method, request);
    // The second argument is an encoding (Bun 1.4.5, not in its types).
    const written = this.#socket?.write(head, "latin1" as unknown as number) ?? -1;
    if (written >= 0 && written < head.length)
      this.#unsent.push(Buffer.from(head, "latin1").subarray(written));
  }

  /** Writes content of the request; what the kernel does not take is queued, in order. Does nothing once it is closed. */
  write(bytes: Uint8Array): void {
    if (this.#state !== "open") return;
    const written = this.#unsent.length > 0 ? 0 : (this.#socket?.write(bytes) ?? -1);
    if (written >= 0 && written < bytes.length) this.#unsent.push(bytes.subarray(written));
  }

  /** Resolves once nothing is queued any more, also because the connection closed. Returns null if nothing is queued. */
  written(): Promise<void> | null {
    if (this.#unsent.length === 0) return null;
    return new Promise((resolve) => (this.#resolveWritten = resolve));
  }

  /** Reads no more of the answer until `resume`. */
  pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#socket?.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#socket?.resume();
  }

  /** Closes it without a call to its request. The upstream sees a reset, unless the connection was idle. */
  close(): void {
    this.#end(this.#reader !== null);
  }

  /** Cancels the attempt to open it if it is in its TLS handshake. Bun 1.4.5 can't cancel a TCP connect. */
  cancel(): void {
    if (this.#state === "opening" && this.#socket !== null) this.#end(true, CANCELLED);
  }

  /** Whether it carries this request now. */
  carries(request: ActiveRequest): boolean {
    return this.#request === request;
  }

  #opened(socket: Bun.Socket<undefined>): void {
    if (this.#state === "closed") return void socket.terminate();
    this.#socket = socket;
    // Requests keep the process alive; an idle connection must not.
    socket.unref();
    if (!this.#isTls) this.#open();
  }

  #handshakeEnded(isAuthorized: boolean, fault: (Error & { code?: string }) | null): void {
    if (this.#state !== "opening") return;
    const { code } = fault ?? {};
    if (code === "ECONNRESET") return this.#end(true, fault);
    if (isAuthorized || (this.#isInsecure && code !== "EPROTO")) return this.#open();
    this.#end(true, new UpstreamError("tls"));
  }

  #open(): void {
    this.#state = "open";
    this.openedAt = this.idleSince = performance.now();
    this.#events.opened(this);
  }

  #received(bytes: Buffer): void {
    const reader = this.#reader;
    // Bytes without a request, such as a 408 before the upstream closes.
    if (reader === null) return this.#end(false);
    try {
      reader.read(bytes);
    } catch (fault) {
      return this.#fail(fault);
    }
    if (reader !== this.#reader) return;
    if (reader.isComplete) this.#finish(reader);
    else this.#request?.progress();
  }

  #finish(reader: AnswerReader): void {
    const isSent = this.#request?.isSent === true && this.#unsent.length === 0;
    this.#request = null;
    this.#reader = null;
    if (!isSent || !reader.persists) return this.#end(!isSent);
    this.resume();
    this.wasUsed = true;
    this.idleSince = performance.now();
    this.#events.idle(this);
  }

  #drained(): void {
    const unsent = this.#unsent;
    while (unsent.length > 0) {
      const [bytes] = unsent as [Uint8Array];
      const written = this.#socket?.write(bytes) ?? -1;
      if (written < 0) return;
      if (written < bytes.length) {
        unsent[0] = bytes.subarray(written);
        return;
      }
      unsent.shift();
    }
    this.#settleWritten();
  }

  /** The upstream has closed the connection, or half-closed it. */
  #closedByUpstream(fault: unknown): void {
    if (this.#state === "closed") return;
    const reader = this.#reader;
    if (this.#state === "opening") return this.#closed(fault ?? new UpstreamError("reset"));
    // A reset never completes an answer.
    if (reader !== null && fault === undefined && reader.close()) {
      this.#request = null;
      this.#reader = null;
    }
    this.#fail(new UpstreamError("reset"));
  }

  #fail(fault: unknown): void {
    const request = this.#request;
    const hasBegun = this.#reader?.hasBegun === true;
    this.#end(true);
    request?.failed(fault, hasBegun);
  }

  #end(isReset: boolean, fault: unknown = null): void {
    this.#request = null;
    // First, because ending the socket calls its handlers synchronously (Bun 1.4.5).
    this.#closed(fault);
    if (isReset) this.#socket?.terminate();
    else this.#socket?.end();
  }

  #closed(fault: unknown): void {
    if (this.#state === "closed") return;
    const wasOpen = this.#state === "open";
    this.#state = "closed";
    this.#unsent = [];
    this.#settleWritten();
    if (wasOpen) this.#events.closed(this);
    else this.#events.openFailed(this, fault ?? new UpstreamError("reset"));
  }

  #settleWritten(): void {
    const resolve = this.#resolveWritten;
    this.#resolveWritten = null;
    resolve?.();
  }
}
