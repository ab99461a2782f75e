import type { Context, Handler } from "./handler.ts";
import type { Method } from "./methods.ts";
import { refusal, type Refusal } from "./refusal.ts";

/** A handler and the requests it is for. */
export interface Route<C extends Context = Context> {
  readonly method: Method;
  /** Exact, normalised, percent-encoded. */
  readonly path: string;
  readonly handler: Handler<C>;
}

/** A table of routes by path and method. HEAD follows GET where it has no route of its own (RFC 9110 9.3.2). */
export interface RouteTable<C extends Context> {
  find(method: string, path: string): Handler<C> | undefined;
  /** The methods the path is known for, for an Allow header; undefined for an unknown path. */
  allowed(path: string): string | undefined;
}

/** The table of these routes. Throws where two of them are for the same method and path. */
export function routeTable<C extends Context>(routes: readonly Route<C>[]): RouteTable<C> {
  const paths = new Map<string, Map<string, Handler<C>>>();
  for (const { method, path, handler } of routes) {
    const methods = paths.get(path) ?? new Map<string, Handler<C>>();
    if (methods.has(method)) throw new Error(`two routes for ${method} ${path}`);
    paths.set(path, methods.set(method, handler));
  }
  for (const methods of paths.values()) {
    const get = methods.get("GET");
    if (get && !methods.has("HEAD")) methods.set("HEAD", get);
  }
  return {
    find: (method, path) => paths.get(path)?.get(method),
    allowed: (path) => (paths.has(path) ? [...(paths.get(path)?.keys() ?? [])].join(", ") : undefined),
  };
}

/** Hands a request to its route; 404 for an unknown path, 405 with Allow for an unknown method on a known one. */
export function router<C extends Context>(routes: readonly Route<C>[]): Handler<C> {
  const table = routeTable(routes);
  const notAllowed = new Map<string, Refusal>();
  for (const { path } of routes) {
    const allow = table.allowed(path);
    if (allow) notAllowed.set(path, METHOD_NOT_ALLOWED.withHeader("Allow", allow));
  }
  return (request, context) => {
    const handler = table.find(context.exchange.method, context.path);
    return handler ? handler(request, context) : (notAllowed.get(context.path) ?? ROUTE_UNKNOWN);
  };
}

const ROUTE_UNKNOWN = refusal("route_unknown", "Not found");
const METHOD_NOT_ALLOWED = refusal("method_not_allowed", "Method not allowed");
