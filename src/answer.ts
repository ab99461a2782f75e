import type { Identify } from "./http/client.ts";
import type { Answer, Exchange, Handler } from "./http/handler.ts";
import type { ConnectionInfo, KeepAlive } from "./http/keep-alive.ts";
import { pathOf } from "./http/path.ts";
import { errorContent, Refusal, refusal } from "./http/refusal.ts";
import type { Observe } from "./observations/observation.ts";

/** Answers a request with a response, whatever happens. */
export type FetchHandler = (request: Request, connection: ConnectionInfo) => Response | Promise<Response>;

/** Milliseconds that only ever grow. */
export type Clock = () => number;

/** What an exchange is told by, and to whom. */
export interface AnswerOptions {
  /** Finds the path of the route that a path belongs to. */
  readonly routePath: (path: string) => string | null;
  readonly observe: Observe;
  readonly clock: Clock;
  /** Finds out who asks; null where nobody wants to know, because it costs a sixth of a small request. */
  readonly identify: Identify | null;
  readonly keepAlive: KeepAlive;
  /**
   * How many answers may wait for their clients before refusals to clients without a user lose their content; null
   * where it does not matter.
   */
  readonly maxWaiting: number | null;
}

/**
 * The only place where a refusal or a fault becomes a response, and where an exchange is observed.
 *
 * A fault is a 500 that shows nothing of its cause. What is not a sound Response is a fault too: Bun 1.4.5
 * answers `undefined` with 204, and a 204 is a yes to whoever asks. A fault closes the connection, because it
 * may have left endless content unread. Only the path of a route is observed: in any other may stand whatever a
 * client puts there, a token as well. Stays synchronous where the handler does: Bun drops a pipelined request
 * that arrives while a handler is pending.
 *
 * A client of HTTP/2 may take as little of an answer as it likes, and each one that waits costs 2.6 KB (Bun 1.4.5); one
 * without content never waits. So where many wait, a refusal is no more than its status and headers.
 */
export function answer(handler: Handler, options: AnswerOptions): FetchHandler {
  const { routePath, observe, clock, identify, keepAlive, maxWaiting } = options;
  // Clients ask for the same again and again, so the path of the last URL is kept.
  let lastUrl = "";
  let lastPath: string | null = null;
  let lastRoute: string | null = null;
  return (request, connection) => {
    const start = clock();
    keepAlive.count(start);
    const { url } = request;
    if (url !== lastUrl) {
      lastPath = pathOf((lastUrl = url));
      lastRoute = lastPath === null ? null : routePath(lastPath);
    }
    const path = lastPath;
    const route = lastRoute;
    const exchange: Exchange = {
      method: request.method,
      path: route ?? UNKNOWN_PATH,
      user: null,
      received: 0,
      sent: null,
      client: null,
      requestId: null,
      isProbe: false,
      closing: null,
    };
    const end: End = { request, connection, exchange, start };
    if (identify !== null) {
      const client = identify(request, connection.requestIP(request)?.address ?? null);
      exchange.client = client.address;
      exchange.requestId = client.requestId;
    }
    if (path === null) return settle(TARGET_INVALID, end);
    try {
      const given = handler(request, { path, route, exchange });
      if (!(given instanceof Promise)) return settle(given, end);
      return given.then((late) => settle(late, end)).catch((fault) => fail(fault, end));
    } catch (fault) {
      return fail(fault, end);
    }
  };

  function settle(given: Answer, end: End): Response {
    const { connection, exchange, start } = end;
    if (given instanceof Refusal) {
      const { status } = given;
      const bare = exchange.user === null && maxWaiting !== null && connection.pendingRequests > maxWaiting;
      exchange.sent = bare ? 0 : given.size;
      const response = complete(bare ? given.toBareResponse() : given.toResponse(), end);
      observe({ kind: "refused", exchange, status, milliseconds: clock() - start, refusal: given });
      return response;
    }
    if (!(given instanceof Response)) return fail(unsound(given === null ? "null" : typeof given), end);
    const { status } = given;
    if (status < 200 || given.bodyUsed) return fail(unsound("a used or failed response"), end);
    const response = complete(given, end);
    observe({ kind: "answered", exchange, status, milliseconds: clock() - start });
    return response;
  }

  function fail(fault: unknown, end: End): Response {
    const { exchange, start } = end;
    const response = complete(faultResponse(), end);
    observe({ kind: "failed", exchange, status: 500, milliseconds: clock() - start, fault });
    return response;
  }

  function complete(response: Response, { request, connection, exchange }: End): Response {
    const { method, user, requestId } = exchange;
    if (requestId !== null) response.headers.set("X-Request-Id", requestId);
    // HEAD has the headers of GET, but Bun 1.4.5 leaves out Date, and the type of a Blob unless the headers were asked for.
    if (method === "HEAD") response.headers.set("Date", new Date().toUTCString());
    if (user === null) {
      exchange.closing = keepAlive.closeReason(request, connection);
      if (exchange.closing !== null) response.headers.set("Connection", "close");
    }
    return response;
  }
}

/** What ends with the answer. */
interface End {
  readonly request: Request;
  readonly connection: ConnectionInfo;
  readonly exchange: Exchange;
  readonly start: number;
}

/**
 * Answers the same, but asks every client to leave its connection with the answer (RFC 9112 9.6). HTTP/2 has no such
 * header: Bun leaves it out there (1.4.5).
 */
export function closing(serve: FetchHandler): FetchHandler {
  const close = (response: Response) => {
    response.headers.set("Connection", "close");
    return response;
  };
  return (request, connection) => {
    const response = serve(request, connection);
    return response instanceof Promise ? response.then(close) : close(response);
  };
}

function unsound(what: string): TypeError {
  return new TypeError(`a handler gave ${what} for an answer`);
}

/** What is shown of a fault: nothing. */
export function faultResponse(): Response {
  return new Response(FAULT, { status: 500, headers: { Connection: "close" } });
}

const UNKNOWN_PATH = "(unknown path)";
const FAULT = errorContent("Internal server error");
const TARGET_INVALID = refusal("request_invalid", "Invalid request target", { Connection: "close" });
