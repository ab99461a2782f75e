import type { Exchange } from "../../http/exchange.ts";
import type { Answer } from "../../http/handler.ts";
import type { Refusal } from "../../http/refusal.ts";
import { isSafe } from "../../http/methods.ts";
import { LIMITS } from "../../limits.ts";
import { BufferedContent, maxBuffered, StreamedContent } from "./answer-content.ts";
import type { AnswerHead } from "../../upstream/answer-head.ts";
import { bufferedResponse, emptyResponse, isEventStream, streamedResponse } from "./answer-response.ts";
import type { ActiveRequest, Connection } from "../../upstream/connection.ts";
import type { Freshness, Waiter } from "../../upstream/connection-pool.ts";
import type { ForwardOptions } from "./forwarding.ts";
import type { Deadlines } from "../../upstream/deadlines.ts";
import type { Moment } from "../../upstream/timeline.ts";
import { ClientIdleTimeout } from "./client-idle-timeout.ts";
import { RequestWatch } from "./request-watch.ts";
import { closeEarly, type Upload } from "./upload.ts";
import type { TimedRequest } from "../../upstream/upstream.ts";
import { UpstreamError } from "../../upstream/upstream-error.ts";
import { answerWithout, CLIENT_LEFT, CONTENT_BROKEN, noteCutOff } from "./upstream-refusal.ts";

/**
 * A request to an upstream, from the wait for a connection to the end of the answer.
 *
 * It is retried, once, if its method is safe (RFC 9110 9.2.1), it has no content, and the upstream closed a reused
 * connection without a byte of an answer: then the upstream most likely closed it before it saw the request. No other
 * request is ever sent twice.
 *
 * A short answer is buffered, any other is streamed. The limit of requests counts a streamed one until it ends.
 *
 * If the client leaves, or its token is withdrawn, the request to the upstream ends, in any phase. A short request is not
 * watched for that, because watching takes a tenth of its time (Bun 1.4.5). Until the watch begins, the idle timeout of the
 * client's connection applies; afterwards it must not limit the wait for an answer.
 */
export class ForwardedRequest implements ActiveRequest, Waiter, TimedRequest {
  readonly method: string;
  readonly #options: ForwardOptions;
  readonly #request: Request;
  readonly #exchange: Exchange;
  readonly #head: string;
  readonly #withdrawn: Refusal | undefined;
  readonly #resolve: (answer: Answer | Promise<never>) => void;
  readonly #upload: Upload | null;
  #connection: Connection | null = null;
  #state: "open" | "streamed" | "ended" = "open";
  #answerHead: AnswerHead | null = null;
  #content: BufferedContent | StreamedContent | null = null;
  #watch: RequestWatch | null = null;
  /** When the watch begins. */
  readonly #watchDeadline: Moment<ForwardedRequest>;
  /** When the upstream must have read more, answered, or sent more of its answer. */
  #deadline: Moment<TimedRequest> | null = null;
  #pauseTimeouts: Deadlines<TimedRequest> | null;
  #idleTimeout: ClientIdleTimeout | null = null;

  constructor(
    options: ForwardOptions,
    request: Request,
    exchange: Exchange,
    head: string,
    upload: Upload | null,
    withdrawn: Refusal | undefined,
    resolve: (answer: Answer | Promise<never>) => void,
  ) {
    this.method = exchange.method;
    this.#options = options;
    this.#request = request;
    this.#exchange = exchange;
    this.#head = head;
    this.#upload = upload;
    this.#withdrawn = withdrawn;
    this.#resolve = resolve;
    this.#pauseTimeouts = options.pauseTimeouts;
    this.#watchDeadline = options.watches.add(this);
  }

  get isSent(): boolean {
    return this.#upload === null || this.#upload.state === "complete";
  }

  start(): void {
    this.#connect(this.#canRetry ? "any" : "fresh");
  }

  connected(connection: Connection): void {
    this.#connection = connection;
    connection.send(this.#head, this);
    if (this.#upload === null) this.#setDeadline(this.#options.upstream.timeouts);
    else void this.#send(this.#upload, connection);
  }

  connectFailed(fault: unknown): void {
    this.#refuse(fault);
  }

  head(head: AnswerHead): void {
    const exchange = this.#exchange;
    this.#setDeadline(null);
    this.#answerHead = head;
    exchange.upstream = { status: head.status, cause: null, headAfter: exchange.elapsed() };
    if (this.#upload?.state === "open") closeEarly(exchange, this.#request.headers);
    const { framing, length } = head;
    if (framing === "none" || length === 0) return;
    const isStreamed = length === null || length > maxBuffered(length, exchange, this.#options.limit.max);
    if (isStreamed) this.#stream(head);
    else this.#content = new BufferedContent(length);
  }

  content(piece: Uint8Array): void {
    this.#content?.add(piece);
  }

  progress(): void {
    if (this.#content !== null) this.#setDeadline(this.#content.isPaused ? null : this.#pauseTimeouts);
  }

  end(): void {
    const head = this.#answerHead as AnswerHead;
    const content = this.#content;
    // The connection itself decides whether it is reused.
    this.#connection = null;
    if (content instanceof StreamedContent) {
      this.#finish();
      return content.close();
    }
    const bytes = content?.bytes ?? null;
    this.#exchange.sent = bytes?.byteLength ?? 0;
    this.#respond(bytes === null ? emptyResponse(head, this.method) : bufferedResponse(head, bytes));
  }

  failed(fault: unknown, hasBegun: boolean): void {
    const wasUsed = this.#connection?.wasUsed === true;
    this.#connection = null;
    if (hasBegun || !wasUsed || !this.#canRetry) return this.#refuse(fault);
    this.#setDeadline(null);
    this.#connect("new");
  }

  timedOut(): void {
    this.#refuse(new UpstreamError("timeout"));
  }

  /** Ends the request when its client leaves, or has left already, or its token is withdrawn. */
  watch(): void {
    this.#watch = new RequestWatch(this.#request, this.#exchange, this.#withdrawn, (reason) =>
      this.#refuse(reason),
    );
    this.#watch.start(this.#options.opened);
    if (this.#upload === null && this.#state === "open") this.#idle().set(0);
  }

  #idle(): ClientIdleTimeout {
    return (this.#idleTimeout ??= new ClientIdleTimeout(this.#exchange));
  }

  #setDeadline(timeouts: Deadlines<TimedRequest> | null): void {
    this.#deadline?.remove();
    this.#deadline = timeouts === null ? null : timeouts.add(this);
  }

  get #canRetry(): boolean {
    return this.#upload === null && isSafe(this.method);
  }

  #connect(freshness: Freshness): void {
    const connection = this.#options.upstream.connections.acquire(freshness, this);
    if (connection !== null) this.connected(connection);
  }

  /**
   * Sends the content. While it is the client's turn, it may be silent for as long as between requests, or for as long as
   * the answer that it already receives may pause. Arriving content does not restart the idle timeout of Bun 1.4.5, so each
   * piece restarts it here.
   */
  async #send(upload: Upload, connection: Connection): Promise<void> {
    const { stallTimeouts, upstream } = this.#options;
    await upload.send(connection, {
      client: () => this.#startTurn(LIMITS.idleSeconds, null),
      upstream: (isAll) => this.#startTurn(0, upstream.timeouts ?? (isAll ? null : stallTimeouts)),
    });
    if (upload.state !== "broken" || this.#state === "ended") return;
    this.#refuse(this.#state === "streamed" ? CLIENT_LEFT : CONTENT_BROKEN);
  }

  #startTurn(idleSeconds: number, timeouts: Deadlines<TimedRequest> | null): void {
    if (this.#state === "ended") return;
    this.#idle().set(idleSeconds);
    if (this.#answerHead === null) this.#setDeadline(timeouts);
    else this.progress();
  }

  #stream(head: AnswerHead): void {
    const exchange = this.#exchange;
    this.#state = "streamed";
    this.#watchDeadline.remove();
    this.#watch?.stop();
    const idle = this.#options.idle ?? (isEventStream(head) ? 0 : LIMITS.answerPause);
    this.#idle().allowPause(idle);
    if (idle === 0) this.#pauseTimeouts = null;
    const [cancelled, asked] = [() => this.#finish(), () => this.progress()];
    const content = new StreamedContent(this.#connection as Connection, cancelled, asked);
    this.#content = content;
    const response = streamedResponse(head, content.stream, exchange);
    void response.ended.then(({ kind, fault }) => {
      this.#finish();
      this.#options.limit.leave();
      if (kind === "failed") noteCutOff(fault, exchange);
    });
    this.#resolve(response);
  }

  /** Answers without the upstream's answer, for a reason that `answerWithout` understands, or cuts off a streamed answer. */
  #refuse(reason: unknown): void {
    if (this.#state === "ended") return;
    if (this.#content instanceof StreamedContent) {
      this.#finish();
      return this.#content.fail(reason);
    }
    const exchange = this.#exchange;
    const { signal, headers } = this.#request;
    if (this.#upload?.state === "open") closeEarly(exchange, headers);
    // Once the client has left, a failure is not the upstream's.
    this.#respond(answerWithout(signal.aborted ? CLIENT_LEFT : reason, exchange));
  }

  /** Answers the client, with anything but a stream, and leaves the limit. */
  #respond(answer: Answer | Promise<never>): void {
    if (this.#state === "ended") return;
    this.#idleTimeout?.restore();
    this.#finish();
    this.#options.limit.leave();
    this.#resolve(answer);
  }

  /** Ends what still runs: the deadlines, the upload, the wait for a connection, and a connection that carries the request. */
  #finish(): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#watchDeadline.remove();
    this.#watch?.stop();
    this.#setDeadline(null);
    this.#upload?.stop();
    if (this.#connection === null) this.#options.upstream.connections.cancel(this);
    else if (this.#connection.carries(this)) this.#connection.close();
    this.#connection = null;
  }
}
