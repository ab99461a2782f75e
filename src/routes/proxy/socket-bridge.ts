import type { WebSocket } from "ws";
import type { Exchange } from "../../http/exchange.ts";
import type { Ending } from "../../http/open-response.ts";
import type { ClientSocket, SocketHandler } from "../../http/upgraded.ts";
import { LIMITS } from "../../limits.ts";
import type { UpstreamListener } from "./dial-websocket.ts";
import { noteFailure } from "./upstream-refusal.ts";

/**
 * Passes messages, pings and closes between the WebSocket of a client and that of an upstream. No message is lost, and
 * backpressure is passed on: a side that reads slowly slows the other. The byte counts of the exchange are those of the
 * messages.
 *
 * Bun 1.4.5 answers the client's pings by itself. They are passed on too, because they keep the whole path open, but the
 * upstream's pongs are not: the client would get two. Only the client answers the upstream's pings.
 */
export class SocketBridge implements SocketHandler, UpstreamListener {
  /** Resolves when the client's WebSocket has closed; never rejects. */
  readonly ended: Promise<Ending>;
  readonly #end: (ending: Ending) => void;
  #client: ClientSocket | null = null;
  #up: WebSocket | null = null;
  /** What the upstream sent before the client's WebSocket was open, as calls to make once it is. */
  #early: (() => void)[] = [];
  /** The upstream's pings that the client has not answered. */
  #pings: Buffer[] = [];
  #stallTimer: Timer | null = null;
  #sent = 0;
  #isCut = false;

  constructor(
    private readonly exchange: Exchange,
    /** Milliseconds within which the upstream must read some of what is queued for it. */
    private readonly stall: number = LIMITS.socketStall,
  ) {
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.ended = promise;
    this.#end = resolve;
  }

  /** Sets the WebSocket of the upstream. */
  join(up: WebSocket): void {
    this.#up = up;
  }

  open(client: ClientSocket): void {
    this.#client = client;
    if (this.#isCut) return this.#endClient(client);
    for (const pass of this.#early) pass();
    this.#early = [];
  }

  message(client: ClientSocket, data: string | Buffer): void {
    const up = this.#up;
    if (up === null || up.readyState !== OPEN || this.#isCut) return;
    const size = typeof data === "string" ? Buffer.byteLength(data) : data.length;
    this.exchange.received += size;
    if (up.bufferedAmount + size <= LIMITS.socketWaiting) return up.send(data);
    this.#hold(client, up);
    up.send(data, () => this.#release(client));
  }

  ping(_: ClientSocket, data: Buffer): void {
    const up = this.#up;
    if (up?.readyState === OPEN && up.bufferedAmount <= LIMITS.socketWaiting) up.ping(data);
  }

  pong(_: ClientSocket, data: Buffer): void {
    // Any other pong answers a ping of Bun's own.
    const index = this.#pings.findIndex((ping) => ping.equals(data));
    if (index === -1) return;
    this.#pings.splice(0, index + 1);
    if (this.#up?.readyState === OPEN) this.#up.pong(data);
  }

  drain(client: ClientSocket): void {
    if (client.getBufferedAmount() === 0) this.#up?.resume();
  }

  close(_: ClientSocket, code: number, reason: string): void {
    if (this.#stallTimer !== null) clearInterval(this.#stallTimer);
    this.#closeUpstream(code, reason);
    const kind = this.#isCut ? "cut" : code === ABNORMAL ? "aborted" : "sent";
    this.#end({ kind, sent: this.#sent });
  }

  /** Closes both sides, because the client's token has been withdrawn (RFC 6455 7.4.1, 1008). */
  readonly cut = (): void => {
    if (this.#isCut) return;
    this.#isCut = true;
    this.#closeUpstream(POLICY, WITHDRAWN);
    if (this.#client !== null) this.#endClient(this.#client);
  };

  received(data: Buffer, isBinary: boolean): void {
    const client = this.#client;
    if (this.#isCut) return;
    if (client === null) return void this.#early.push(() => this.received(data, isBinary));
    this.#sent += data.length;
    const state = isBinary
      ? client.sendBinary(data as Buffer<ArrayBuffer>)
      : client.sendText(data.toString());
    if (state === QUEUED) this.#up?.pause();
  }

  pinged(data: Buffer): void {
    this.#pings.push(data);
    if (this.#pings.length > LIMITS.socketPings) this.#pings.shift();
    this.#pass((client) => client.ping(data as Buffer<ArrayBuffer>));
  }

  closed(code: number, reason: string): void {
    if (code === ABNORMAL && this.#client?.readyState === OPEN && this.exchange.upstream?.cause == null)
      noteFailure("reset", this.exchange);
    // 1006 must not be sent; 1014 says that a gateway lost the other side.
    const passed = code === ABNORMAL ? BAD_GATEWAY : code;
    this.#pass((client) => {
      client.close(passed, reason);
      return SENT;
    });
  }

  /** A client that reads nothing would keep its connection open after a close (Bun 1.4.5). */
  #endClient(client: ClientSocket): void {
    if (client.getBufferedAmount() > 0) client.terminate();
    else client.close(POLICY, WITHDRAWN);
  }

  #pass(send: (client: ClientSocket) => number): void {
    if (this.#isCut) return;
    const client = this.#client;
    if (client === null) this.#early.push(() => this.#pass(send));
    else if (send(client) === QUEUED) this.#up?.pause();
  }

  /** Closes the upstream's WebSocket as the client's was closed. */
  #closeUpstream(code: number, reason: string): void {
    const up = this.#up;
    if (up === null || up.readyState > OPEN) return;
    if (code === ABNORMAL) return up.terminate();
    if (code === NO_CODE) up.close();
    else up.close(code, reason);
    // While it is paused, it reads no close frame.
    up.resume();
  }

  #hold(client: ClientSocket, up: WebSocket): void {
    if (this.#stallTimer !== null) return;
    client.pause();
    // What was read before the pause still arrives and is queued too, so the first check has nothing to compare with.
    let before = Number.POSITIVE_INFINITY;
    let checks = 0;
    this.#stallTimer = setInterval(() => {
      const now = up.bufferedAmount;
      checks = now < before ? 0 : checks + 1;
      before = now;
      if (checks !== STALL_CHECKS) return;
      noteFailure("timeout", this.exchange);
      up.terminate();
    }, this.stall / STALL_CHECKS);
  }

  #release(client: ClientSocket): void {
    if (this.#stallTimer !== null) clearInterval(this.#stallTimer);
    this.#stallTimer = null;
    client.resume();
  }
}

/** How often an upstream is checked within the time in which it must read. */
const STALL_CHECKS = 4;
/** The state of an open WebSocket. */
const OPEN = 1;
/** What sending to a client returns: the data was written, or is queued. */
const [SENT, QUEUED] = [1, -1];
/** Close codes (RFC 6455 7.4.1); the first two are never on the wire. */
const [NO_CODE, ABNORMAL, BAD_GATEWAY, POLICY] = [1005, 1006, 1014, 1008];
const WITHDRAWN = "token withdrawn";
