import type { Answer, Context } from "../../http/handler.ts";
import { LIMITS } from "../../limits.ts";
import { maxWhole, StreamedContent, WholeContent } from "./answer-content.ts";
import type { AnswerHead } from "../../upstream/answer-head.ts";
import { emptyResponse, isEventStream, streamedResponse, wholeResponse } from "./answer-response.ts";
import type { Carried, Connection } from "../../upstream/connection.ts";
import type { Waiting, Wanted } from "../../upstream/connection-pool.ts";
import type { ForwardOptions } from "./forwarding.ts";
import { Deadline, type Deadlines } from "../../upstream/deadlines.ts";
import { isSafe, requestFraming, requestHead } from "../../upstream/request-head.ts";
import { ClientIdle } from "./client-idle.ts";
import { closeEarly, Upload } from "./upload.ts";
import type { Awaiting } from "../../upstream/upstream.ts";
import { isUpstreamFault, UpstreamError } from "../../upstream/upstream-error.ts";
import { CLIENT_LEFT, CONTENT_BROKEN, noteBreak, upstreamRefusal } from "./upstream-refusal.ts";

/**
 * A request at an upstream, from its first byte to the last one of its answer.
 *
 * A request without content is sent again, once, if it does nothing but read (RFC 9110 9.2.1) and the upstream closed a
 * connection that was used before without a byte of an answer: then it most likely closed the connection before it saw the
 * request. No other request is ever sent twice.
 *
 * A short answer is passed on once it is whole, any other as it comes; then the limit of requests counts it until it is over.
 *
 * If the client leaves, the request to the upstream ends, in any phase. That is watched only once the request takes long,
 * because it takes a tenth of the time of a short one (Bun 1.4.5). Until then the idle time of the connection holds too;
 * afterwards it must not limit the wait for an answer.
 */
export class ForwardedRequest implements Carried, Waiting, Awaiting {
  readonly method: string;
  readonly #options: ForwardOptions;
  readonly #request: Request;
  readonly #exchange: Context;
  readonly #head: string;
  readonly #answer: (answer: Answer | Promise<never>) => void;
  readonly #upload: Upload | null;
  #connection: Connection | null = null;
  #state: "open" | "streamed" | "over" = "open";
  #answerHead: AnswerHead | null = null;
  #content: WholeContent | StreamedContent | null = null;
  /** The time until its client is watched. */
  readonly #unwatched = new Deadline<ForwardedRequest>(this);
  /** The end of the time that the upstream has to act, or to go on with whole content. */
  readonly #deadline = new Deadline<Awaiting>(this);
  readonly #idle: ClientIdle;

  constructor(
    options: ForwardOptions,
    request: Request,
    exchange: Context,
    target: string,
    fieldLines: string,
    answer: (answer: Answer | Promise<never>) => void,
  ) {
    const { method } = exchange;
    this.method = method;
    this.#options = options;
    this.#request = request;
    this.#exchange = exchange;
    this.#idle = new ClientIdle(exchange);
    this.#answer = answer;
    const content = method === "GET" || method === "HEAD" ? null : request.body;
    const declared = request.headers.get("content-length");
    this.#upload = content === null ? null : new Upload(content, declared === null);
    this.#head = requestHead(method, target, fieldLines, requestFraming(method, content !== null, declared));
  }

  get isSent(): boolean {
    return this.#upload === null || this.#upload.state === "complete";
  }

  start(): void {
    this.#unwatched.restart(this.#options.watched);
    this.#connect(this.#canRepeat ? "any" : "safe");
  }

  connected(connection: Connection): void {
    this.#connection = connection;
    connection.send(this.#head, this);
    if (this.#upload === null) this.#deadline.restart(this.#options.upstream.times);
    else void this.#send(this.#upload, connection);
  }

  notConnected(fault: unknown): void {
    this.#refuse(fault);
  }

  head(head: AnswerHead): void {
    const exchange = this.#exchange;
    this.#deadline.restart(null);
    this.#answerHead = head;
    exchange.upstream = { status: head.status, cause: null, headAfter: exchange.elapsed() };
    if (this.#upload?.state === "open") closeEarly(exchange, this.#request.headers);
    const { framing, length } = head;
    if (framing === "none" || length === 0) return;
    const isStreamed = length === null || length > maxWhole(length, exchange, this.#options.limit.max);
    if (isStreamed) this.#stream(head);
    else this.#content = new WholeContent(length);
  }

  content(piece: Uint8Array): void {
    this.#content?.add(piece);
  }

  more(): void {
    if (this.#content instanceof WholeContent) this.#deadline.restart(this.#options.pauses);
  }

  end(): void {
    const head = this.#answerHead as AnswerHead;
    const content = this.#content;
    // It decides itself whether it is used again.
    this.#connection = null;
    if (content instanceof StreamedContent) {
      this.#finish();
      return content.close();
    }
    const bytes = content?.bytes ?? null;
    this.#exchange.sent = bytes?.byteLength ?? 0;
    this.#give(bytes === null ? emptyResponse(head, this.method) : wholeResponse(head, bytes));
  }

  failed(fault: unknown, hasBegun: boolean): void {
    const wasUsed = this.#connection?.wasUsed === true;
    this.#connection = null;
    if (this.#content instanceof StreamedContent) return this.#break(fault);
    if (hasBegun || !wasUsed || !this.#canRepeat) return this.#refuse(fault);
    this.#deadline.restart(null);
    this.#connect("new");
  }

  late(): void {
    this.#refuse(new UpstreamError("timeout"));
  }

  /** From now on, ends with its client, who may have left already. */
  watch(): void {
    const { signal } = this.#request;
    const leave = () => {
      if (this.#state === "open") this.#refuse(CLIENT_LEFT);
    };
    if (signal.aborted) return leave();
    signal.addEventListener("abort", leave);
    if (this.#upload === null) this.#idle.restart(0);
  }

  get #canRepeat(): boolean {
    return this.#upload === null && isSafe(this.method);
  }

  #connect(wanted: Wanted): void {
    const connection = this.#options.upstream.connections.take(wanted, this);
    if (connection !== null) this.connected(connection);
  }

  /**
   * Sends the content. While it is its turn, the client may be silent for as long as between requests, or as the answer that
   * it already receives. What arrives does not restart Bun's idle time, so each piece does (Bun 1.4.5).
   */
  async #send(upload: Upload, connection: Connection): Promise<void> {
    const { stalls, upstream } = this.#options;
    await upload.send(connection, {
      client: () => this.#turn(LIMITS.idleSeconds, null),
      upstream: (isAll) => this.#turn(0, upstream.times ?? (isAll ? null : stalls)),
    });
    if (upload.state !== "broken" || this.#state === "over") return;
    if (this.#state === "streamed") return this.#break(CLIENT_LEFT);
    this.#give(this.#request.signal.aborted ? upstreamRefusal(CLIENT_LEFT, this.#exchange) : CONTENT_BROKEN);
  }

  #turn(idle: number, times: Deadlines<Awaiting> | null): void {
    if (this.#state === "over") return;
    this.#idle.restart(idle);
    if (this.#answerHead === null) this.#deadline.restart(times);
    else this.more();
  }

  #stream(head: AnswerHead): void {
    const exchange = this.#exchange;
    this.#state = "streamed";
    this.#unwatched.restart(null);
    this.#idle.pause(this.#options.idle ?? (isEventStream(head) ? 0 : LIMITS.answerPause));
    const content = new StreamedContent(this.#connection as Connection, () => this.#finish());
    this.#content = content;
    const response = streamedResponse(head, content.stream, exchange);
    void response.ended.then(({ kind, fault }) => {
      this.#finish();
      this.#options.limit.leave();
      if (kind === "failed") noteBreak(fault, exchange);
    });
    this.#answer(response);
  }

  /** Breaks off a streamed answer. */
  #break(fault: unknown): void {
    const content = this.#content as StreamedContent;
    if (this.#state === "over") return;
    this.#finish();
    content.fail(fault);
  }

  #refuse(fault: unknown): void {
    if (this.#state === "over") return;
    const exchange = this.#exchange;
    // Whatever else happened then, the upstream did not fail.
    const hasLeft = fault === CLIENT_LEFT || this.#request.signal.aborted;
    // Over HTTP/2 the connection stays open: it has no "Connection: close".
    this.#idle.restart(LIMITS.idleSeconds);
    // What is no error of a connection is a fault of this program.
    const isExpected = hasLeft || isUpstreamFault(fault);
    this.#give(
      isExpected ? upstreamRefusal(hasLeft ? CLIENT_LEFT : fault, exchange) : Promise.reject(fault as Error),
    );
  }

  /** Answers with what is not streamed. */
  #give(answer: Answer | Promise<never>): void {
    if (this.#state === "over") return;
    this.#idle.restore();
    this.#finish();
    this.#options.limit.leave();
    this.#answer(answer);
  }

  /** Nobody needs what still runs, such as the rest of the request. */
  #finish(): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#unwatched.restart(null);
    this.#deadline.restart(null);
    this.#upload?.stop();
    if (this.#connection === null) this.#options.upstream.connections.leave(this);
    else if (this.#connection.carries(this)) this.#connection.close();
    this.#connection = null;
  }
}
