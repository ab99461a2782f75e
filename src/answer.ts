import { Exchange, type ExchangeOptions } from "./http/exchange.ts";
import type { Answer, FetchHandler } from "./http/handler.ts";
import type { ConnectionInfo, KeepAlive } from "./http/keep-alive.ts";
import type { Endpoint, FindEndpoint } from "./http/endpoint.ts";
import { encodedPathOf, pathOf } from "./http/path.ts";
import { faultResponse, Refusal, refusal } from "./http/refusal.ts";
import { OpenResponse } from "./http/open-response.ts";
import { Upgraded } from "./http/upgraded.ts";
import type { Observe } from "./observations/observation.ts";

/** Options for `answer`. */
export interface AnswerOptions extends ExchangeOptions {
  readonly observe: Observe;
  /** Whether every answer carries X-Request-Id. */
  readonly requestId: boolean;
  readonly keepAlive: KeepAlive;
  /** Called with each answer that takes time, if its request has a user. */
  readonly opened?: (answer: OpenResponse, exchange: Exchange) => void;
  /** Answers that may wait for their clients before refusals without a user lose their content; null for any number. */
  readonly maxWaiting: number | null;
}

/**
 * Makes the handler that Bun.serve calls, of the endpoints that requests lead to. The only place where a refusal or a fault
 * becomes a response, where headers are added to an answer, and where an exchange is observed.
 *
 * A fault becomes a 500 that shows nothing of its cause. Anything but an unused Response is a fault too: Bun 1.4.5 answers
 * `undefined` with 204, and for a proxy that asks whether to let a request through, 204 means yes. Only the path of a
 * route is observed, because any other path may contain anything, even a token. The result is synchronous if the
 * handler's is: Bun drops a pipelined request that arrives while a handler is pending.
 *
 * An exchange is observed when it is over: at once if the content of the answer is in memory, otherwise at the end of the
 * OpenResponse.
 *
 * An HTTP/2 client decides how much of an answer it accepts, and each answer that waits holds 2.6 KB (Bun 1.4.5); one
 * without content never waits. So while many wait, refusals have a status and headers but no content.
 */
export function answer(find: FindEndpoint, options: AnswerOptions): FetchHandler {
  const { observe, clock, requestId, keepAlive, maxWaiting, opened } = options;
  let lastPath = "";
  return (request, connection, leave = false) => {
    const start = clock.elapsed();
    keepAlive.count(start);
    const { method } = request;
    const path = pathOf(request.url, lastPath) ?? encodedPath(request, method);
    lastPath = path ?? lastPath;
    const endpoint = path === null ? INVALID_TARGET : find(request, method, path);
    const exchange = new Exchange(request, connection, endpoint, options, method, path ?? "", start);
    if (leave) exchange.addHeader("Connection", "close");
    try {
      const given = endpoint.handler(request, exchange);
      if (!(given instanceof Promise)) return settle(given, exchange, request, connection);
      return given
        .then((late) => settle(late, exchange, request, connection))
        .catch((fault) => fail(fault, exchange, request, connection));
    } catch (fault) {
      return fail(fault, exchange, request, connection);
    }
  };

  /**
   * The path of a request whose path is ambiguous, if its route allows that. The path must lead to this route as it is,
   * decoded, and up to the ambiguous segment, so that however the upstream reads it, it reaches no other route's paths.
   */
  function encodedPath(request: Request, method: string): string | null {
    const encoded = encodedPathOf(request.url);
    if (encoded === null) return null;
    const endpoint = find(request, method, encoded.path);
    if (!endpoint.allowsEncoded) return null;
    const readings = [encoded.decoded, encoded.folder];
    return readings.every((path) => find(request, method, path) === endpoint) ? encoded.path : null;
  }

  function settle(given: Answer, exchange: Exchange, request: Request, connection: ConnectionInfo): Response {
    if (given instanceof Refusal) {
      const { status } = given;
      const isBare = maxWaiting !== null && exchange.user === null && connection.pendingRequests > maxWaiting;
      exchange.sent = isBare ? 0 : given.size(exchange.errorFormat);
      const response = complete(
        isBare ? given.toBareResponse() : given.toResponse(exchange.errorFormat),
        exchange,
        request,
        connection,
      );
      observe({ kind: "refused", exchange, status, milliseconds: exchange.elapsed(), refusal: given });
      return response;
    }
    const isResponse = given instanceof Response;
    const status = isResponse ? given.status : 0;
    if (!isResponse || (status < 200 && !(given instanceof Upgraded)) || given.bodyUsed) {
      const what = isResponse ? "a used or failed response" : given === null ? "null" : typeof given;
      return fail(new TypeError(`a handler returned ${what} as its answer`), exchange, request, connection);
    }
    const response = complete(given, exchange, request, connection);
    if (given instanceof OpenResponse) {
      void observeEnd(given, exchange);
      if (exchange.user !== null) opened?.(given, exchange);
    } else observe({ kind: "answered", exchange, status, milliseconds: exchange.elapsed() });
    return response;
  }

  async function observeEnd({ status, ended }: OpenResponse, exchange: Exchange): Promise<void> {
    const { kind, sent, fault } = await ended;
    exchange.sent = sent;
    const milliseconds = exchange.elapsed();
    // If an upstream breaks off, this program is not at fault.
    if (kind === "failed" && exchange.upstream === null)
      return observe({ kind, exchange, status, milliseconds, fault });
    if (kind === "aborted" && exchange.method !== "HEAD") exchange.aborted = true;
    observe({ kind: "answered", exchange, status, milliseconds });
  }

  function fail(fault: unknown, exchange: Exchange, request: Request, connection: ConnectionInfo): Response {
    const response = complete(faultResponse(exchange.errorFormat), exchange, request, connection);
    observe({ kind: "failed", exchange, status: 500, milliseconds: exchange.elapsed(), fault });
    return response;
  }

  function complete(
    response: Response,
    exchange: Exchange,
    request: Request,
    connection: ConnectionInfo,
  ): Response {
    const { method, user } = exchange;
    if (requestId) exchange.addHeader("X-Request-Id", exchange.client().requestId);
    // HEAD has the headers of GET, but Bun 1.4.5 omits Date, and the type of a Blob unless the headers were read before.
    if (method === "HEAD") exchange.addHeader("Date", new Date().toUTCString());
    if (user === null) {
      exchange.closing = keepAlive.closeReason(request, connection, response instanceof OpenResponse);
      if (exchange.closing !== null) exchange.addHeader("Connection", "close");
    }
    const { headers } = exchange;
    if (headers !== null) for (const [name, value] of headers) response.headers.set(name, value);
    return response;
  }
}

const TARGET_REFUSAL = refusal("request_invalid", "Invalid request target", { Connection: "close" });
const INVALID_TARGET: Endpoint = {
  route: null,
  handler: () => TARGET_REFUSAL,
  errorFormat: null,
  allowsEncoded: false,
  isProbe: false,
};
