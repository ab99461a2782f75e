import type { Answer, Exchange, Handler } from "./http/handler.ts";
import { pathOf } from "./http/path.ts";
import { errorContent, Refusal, refusal } from "./http/refusal.ts";
import type { Observe } from "./observations/observation.ts";

/** Answers a request with a response, whatever happens. */
export type Serve = (request: Request) => Response | Promise<Response>;

/** Milliseconds that only ever grow. */
export type Clock = () => number;

/**
 * The only place where a refusal or a fault becomes a response, and where an exchange is observed.
 *
 * A fault is a 500 that shows nothing of its cause. What is not a sound Response is a fault too: Bun 1.4.5
 * answers `undefined` with 204, and a 204 is a yes to whoever asks. A fault closes the connection, because it
 * may have left endless content unread. Only the path of a route is observed: in any other may stand whatever a
 * client puts there, a token as well. Stays synchronous where the handler does: Bun drops a pipelined request
 * that arrives while a handler is pending.
 */
export function answer(handler: Handler, paths: ReadonlySet<string>, observe: Observe, clock: Clock): Serve {
  // Clients ask for the same again and again, so the path of the last URL is kept.
  let lastUrl = "";
  let lastPath: string | null = null;
  return (request) => {
    const start = clock();
    const { url } = request;
    if (url !== lastUrl) lastPath = pathOf((lastUrl = url));
    const path = lastPath;
    const exchange: Exchange = {
      method: request.method,
      path: path !== null && paths.has(path) ? path : UNKNOWN_PATH,
      user: null,
    };
    if (path === null) return settle(TARGET_INVALID, exchange, start);
    try {
      const given = handler(request, { path, exchange });
      if (!(given instanceof Promise)) return settle(given, exchange, start);
      return given
        .then((late) => settle(late, exchange, start))
        .catch((fault) => fail(fault, exchange, start));
    } catch (fault) {
      return fail(fault, exchange, start);
    }
  };

  function settle(given: Answer, exchange: Exchange, start: number): Response {
    if (given instanceof Refusal) {
      const { status } = given;
      observe({ kind: "refused", exchange, status, milliseconds: clock() - start, refusal: given });
      return withContentType(given.toResponse(), exchange);
    }
    if (!(given instanceof Response))
      return fail(unsound(given === null ? "null" : typeof given), exchange, start);
    const { status } = given;
    if (status < 200 || given.bodyUsed) return fail(unsound("a used or failed response"), exchange, start);
    observe({ kind: "answered", exchange, status, milliseconds: clock() - start });
    return withContentType(given, exchange);
  }

  function fail(fault: unknown, exchange: Exchange, start: number): Response {
    observe({ kind: "failed", exchange, status: 500, milliseconds: clock() - start, fault });
    return faultResponse();
  }
}

function unsound(what: string): TypeError {
  return new TypeError(`a handler gave ${what} for an answer`);
}

/** HEAD has the headers of GET, but Bun 1.4.5 leaves out the type of a Blob unless the headers were asked for. */
function withContentType(response: Response, { method }: Exchange): Response {
  if (method === "HEAD") response.headers.has("Content-Type");
  return response;
}

/** What is shown of a fault: nothing. */
export function faultResponse(): Response {
  return new Response(FAULT, { status: 500, headers: { Connection: "close" } });
}

const UNKNOWN_PATH = "(unknown path)";
const FAULT = errorContent("Internal server error");
const TARGET_INVALID = refusal("request_invalid", "Invalid request target", { Connection: "close" });
