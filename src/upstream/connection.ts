import { AnswerReader, type AnswerReceiver } from "./answer-reader.ts";
import { UpstreamError } from "./upstream-error.ts";
import { tlsOptions, type UpstreamTls } from "./upstream-tls.ts";
import type { UpstreamUrl } from "./upstream-url.ts";

/** The request that a connection carries. */
export interface Carried extends AnswerReceiver {
  readonly method: string;
  /** Whether all of it has been written, so that the next one may follow its answer. */
  readonly isSent: boolean;
  /** A part of the answer has come, and more is awaited. */
  more(): void;
  /** The answer will not be complete. `hasBegun` is false if nothing of it came. */
  failed(fault: unknown, hasBegun: boolean): void;
}

/** What becomes of connections. */
export interface ConnectionEvents {
  /** It can carry a request. */
  opened(connection: Connection): void;
  /** It never will. */
  unopened(connection: Connection, fault: unknown): void;
  /** Its answer is over, and it can carry another request. */
  free(connection: Connection): void;
  closed(connection: Connection): void;
}

/** Why a connection that was cancelled did not open. */
export const CANCELLED = new Error("cancelled");

/**
 * A connection to an upstream, which carries one request at a time.
 *
 * Nothing is read ahead: while the connection rests, the kernel's buffer fills and slows the upstream. One read of Bun
 * 1.4.5 is at most 512 KB, in memory of its own.
 */
export class Connection {
  /** When it was opened, and when it last became free, in milliseconds of `performance.now()`. */
  openedAt = 0;
  freeSince = 0;
  /** Whether it has carried a request before the current one. */
  wasUsed = false;
  readonly #events: ConnectionEvents;
  readonly #isTls: boolean;
  readonly #isInsecure: boolean;
  #socket: Bun.Socket<undefined> | null = null;
  #state: "opening" | "open" | "closed" = "opening";
  #carried: Carried | null = null;
  #reader: AnswerReader | null = null;
  #isResting = false;
  /** What the kernel did not take yet. */
  #unsent: Uint8Array[] = [];
  #wake: (() => void) | null = null;

  constructor(url: UpstreamUrl, tls: UpstreamTls, events: ConnectionEvents) {
    this.#events = events;
    this.#isTls = url.protocol === "https";
    this.#isInsecure = tls.insecure;
    const socket: Bun.SocketHandler<undefined> = {
      open: (made) => this.#opened(made),
      handshake: (_, isAuthorized, fault) => this.#handshaken(isAuthorized, fault),
      data: (_, bytes) => this.#received(bytes),
      drain: () => this.#drained(),
      end: () => this.#ended(undefined),
      close: (_, fault) => this.#ended(fault),
      error: (_, fault) => this.#ended(fault),
    };
    const { unix, host: hostname, port } = url;
    // Without an option Bun 1.4.5 would connect without TLS.
    const secure = this.#isTls && { tls: { rejectUnauthorized: true, ...tlsOptions(tls) } };
    // Bun.connect throws at once for what can't be an address.
    Promise.try(async () =>
      unix === null ? Bun.connect({ hostname, port, socket, ...secure }) : Bun.connect({ unix, socket }),
    ).catch((fault: unknown) => this.#closed(fault));
  }

  /** Sends a request: its head, and whatever content follows. */
  send(head: string, carried: Carried): void {
    this.#carried = carried;
    this.#reader = new AnswerReader(carried.method, carried);
    // The second argument is an encoding (Bun 1.4.5, not in its types).
    const written = this.#socket?.write(head, "latin1" as unknown as number) ?? -1;
    if (written >= 0 && written < head.length)
      this.#unsent.push(Buffer.from(head, "latin1").subarray(written));
  }

  /** Writes content of the request, in order. */
  write(bytes: Uint8Array): void {
    if (this.#state !== "open") return;
    const written = this.#unsent.length > 0 ? 0 : (this.#socket?.write(bytes) ?? -1);
    if (written >= 0 && written < bytes.length) this.#unsent.push(bytes.subarray(written));
  }

  /** Resolves once all was written or can't be, or returns null if that is so already. */
  written(): Promise<void> | null {
    if (this.#unsent.length === 0) return null;
    return new Promise((resolve) => (this.#wake = resolve));
  }

  /** Reads no more of the answer until `resume`. */
  rest(): void {
    if (this.#isResting) return;
    this.#isResting = true;
    this.#socket?.pause();
  }

  resume(): void {
    if (!this.#isResting) return;
    this.#isResting = false;
    this.#socket?.resume();
  }

  /** Closes it, and tells the request that it carries nothing. The upstream sees a reset, unless the connection was free. */
  close(): void {
    this.#end(this.#reader !== null);
  }

  #opened(socket: Bun.Socket<undefined>): void {
    if (this.#state === "closed") return void socket.terminate();
    this.#socket = socket;
    // Requests keep the process alive; a free connection must not.
    socket.unref();
    if (!this.#isTls) this.#open();
  }

  #handshaken(isAuthorized: boolean, fault: (Error & { code?: string }) | null): void {
    if (this.#state !== "opening") return;
    const { code } = fault ?? {};
    if (code === "ECONNRESET") return this.#end(true, fault);
    if (isAuthorized || (this.#isInsecure && code !== "EPROTO")) return this.#open();
    this.#end(true, new UpstreamError("tls"));
  }

  #open(): void {
    this.#state = "open";
    this.openedAt = this.freeSince = performance.now();
    this.#events.opened(this);
  }

  #received(bytes: Buffer): void {
    const reader = this.#reader;
    // What nobody asked for: the upstream says that it closes, or worse.
    if (reader === null) return this.#end(false);
    try {
      reader.read(bytes);
    } catch (fault) {
      return this.#fail(fault);
    }
    if (reader !== this.#reader) return;
    if (reader.isOver) this.#finish(reader);
    else this.#carried?.more();
  }

  /** Ends an attempt to open it, and returns whether that can be done: Bun 1.4.5 can only end a TLS handshake. */
  cancel(): boolean {
    if (this.#state !== "opening" || this.#socket === null) return false;
    this.#end(true, CANCELLED);
    return true;
  }

  carries(request: Carried): boolean {
    return this.#carried === request;
  }

  #finish(reader: AnswerReader): void {
    const isSent = this.#carried?.isSent === true && this.#unsent.length === 0;
    this.#carried = null;
    this.#reader = null;
    if (!isSent || !reader.persists) return this.#end(!isSent);
    this.resume();
    this.wasUsed = true;
    this.freeSince = performance.now();
    this.#events.free(this);
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
    this.#wakeUp();
  }

  /** The upstream has closed the connection, or its side of it. */
  #ended(fault: unknown): void {
    if (this.#state === "closed") return;
    const reader = this.#reader;
    if (this.#state === "opening") return this.#closed(fault ?? new UpstreamError("reset"));
    // A reset is no end of content.
    if (reader !== null && fault === undefined && reader.close()) {
      this.#carried = null;
      this.#reader = null;
    }
    this.#fail(new UpstreamError("reset"));
  }

  #fail(fault: unknown): void {
    const carried = this.#carried;
    const hasBegun = this.#reader?.hasBegun === true;
    this.#end(true);
    carried?.failed(fault, hasBegun);
  }

  #end(isReset: boolean, fault: unknown = null): void {
    this.#carried = null;
    // First, because a socket that ends reports it at once (Bun 1.4.5).
    this.#closed(fault);
    if (isReset) this.#socket?.terminate();
    else this.#socket?.end();
  }

  #closed(fault: unknown): void {
    if (this.#state === "closed") return;
    const wasOpen = this.#state === "open";
    this.#state = "closed";
    this.#unsent = [];
    this.#wakeUp();
    if (wasOpen) this.#events.closed(this);
    else this.#events.unopened(this, fault ?? new UpstreamError("reset"));
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}
