import type { Context, Handler } from "./handler.ts";
import type { Method } from "./methods.ts";
import { refusal, type Refusal } from "./refusal.ts";

/** A handler and the requests it is for. */
export interface Route<C extends Context = Context> {
  readonly method: Method;
  /** Normalised, percent-encoded; exact, or all below a folder where it ends in `/*`. */
  readonly path: string;
  readonly handler: Handler<C>;
}

/** Finds the path of the route that a path belongs to: the exact one, else that of the innermost folder, else null. */
export function routePathFinder(paths: Iterable<string>): (path: string) => string | null {
  const exact = new Set<string>();
  const folders: { readonly start: string; readonly path: string }[] = [];
  for (const path of paths) {
    if (path.endsWith("/*")) folders.push({ start: path.slice(0, -1), path });
    else exact.add(path);
  }
  folders.sort((one, other) => other.start.length - one.start.length);
  return (path) =>
    exact.has(path) ? path : (folders.find(({ start }) => path.startsWith(start))?.path ?? null);
}

/** A table of routes by path and method. HEAD follows GET where it has no route of its own (RFC 9110 9.3.2). */
export interface RouteTable<C extends Context> {
  find(context: Context): Handler<C> | undefined;
  /** The methods that the path of a route is known for, for an Allow header; undefined for another path. */
  allowed(path: string): string | undefined;
}

/** The table of these routes. Throws where two of them are for the same method and path. */
export function routeTable<C extends Context>(routes: readonly Route<C>[]): RouteTable<C> {
  const paths = new Map<string | null, Map<string, Handler<C>>>();
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
    find: ({ route, exchange }) => paths.get(route)?.get(exchange.method),
    allowed: (path) => (paths.has(path) ? [...(paths.get(path)?.keys() ?? [])].join(", ") : undefined),
  };
}

/** Hands a request to its route; 404 for an unknown path, 405 with Allow for an unknown method on a known one. */
export function router<C extends Context>(routes: readonly Route<C>[]): Handler<C> {
  const table = routeTable(routes);
  const notAllowed = new Map<string | null, Refusal>();
  for (const { path } of routes) {
    const allow = table.allowed(path);
    if (allow) notAllowed.set(path, METHOD_NOT_ALLOWED.withHeader("Allow", allow));
  }
  return (request, context) => {
    const handler = table.find(context);
    return handler ? handler(request, context) : (notAllowed.get(context.route) ?? ROUTE_UNKNOWN);
  };
}

const ROUTE_UNKNOWN = refusal("route_unknown", "Not found");
const METHOD_NOT_ALLOWED = refusal("method_not_allowed", "Method not allowed");
