import type { Context, Handler } from "./handler.ts";
import type { Methods } from "./methods.ts";
import { refusal, type Refusal } from "./refusal.ts";

/** A handler and the requests that it answers. */
export interface Route<C extends Context = Context> {
  readonly methods: Methods;
  /** Normalised, percent-encoded; exact, or everything below a folder where it ends in `/*`. */
  readonly path: string;
  readonly handler: Handler<C>;
}

/** Finds the route of a path and returns its path: the exact one, else the innermost folder, else null. */
export function routePathFinder(paths: Iterable<string>): (path: string) => string | null {
  // By themselves: the string of a route is hashed once for good, the one cut out of a URL each time (Bun 1.4.5).
  const exact = new Map<string, string>();
  const folders: { readonly start: string; readonly path: string }[] = [];
  for (const path of paths) {
    if (path.endsWith("/*")) folders.push({ start: path.slice(0, -1), path });
    else exact.set(path, path);
  }
  folders.sort((one, other) => other.start.length - one.start.length);
  return (path) => exact.get(path) ?? folders.find(({ start }) => path.startsWith(start))?.path ?? null;
}

/** Routes by path and method. */
export interface RouteTable<C extends Context> {
  find(context: Context): Handler<C> | undefined;
  /** The Allow header of each path that does not answer every method. */
  readonly allow: ReadonlyMap<string | null, string>;
}

/**
 * Makes a table of routes. HEAD follows GET, and a listed method comes before any method, whatever the order of the
 * routes (RFC 9110 9.3.2). Throws where two routes have the same method and path.
 */
export function routeTable<C extends Context>(routes: readonly Route<C>[]): RouteTable<C> {
  const paths = new Map<string | null, Map<string, Handler<C>>>();
  for (const { methods, path, handler } of routes) {
    const handlers = paths.get(path) ?? new Map<string, Handler<C>>();
    paths.set(path, handlers);
    for (const method of methods === "any" ? [ANY] : methods) {
      if (handlers.has(method)) throw new Error(`two routes for ${method} ${path}`);
      handlers.set(method, handler);
    }
  }
  const allow = new Map<string | null, string>();
  for (const [path, handlers] of paths) {
    const head = handlers.get("HEAD") ?? handlers.get("GET");
    if (head) handlers.set("HEAD", head);
    if (!handlers.has(ANY)) allow.set(path, [...handlers.keys()].join(", "));
  }
  return {
    find({ route, method }) {
      const handlers = paths.get(route);
      return handlers && (handlers.get(method) ?? handlers.get(ANY));
    },
    allow,
  };
}

/** Passes a request to its route; refuses an unknown path with 404, and another method with 405 and Allow. */
export function router<C extends Context>(routes: readonly Route<C>[]): Handler<C> {
  const table = routeTable(routes);
  const notAllowed = new Map<string | null, Refusal>();
  for (const [path, allow] of table.allow) {
    notAllowed.set(path, METHOD_NOT_ALLOWED.withHeader("Allow", allow));
  }
  return (request, context) => {
    const handler = table.find(context);
    return handler ? handler(request, context) : (notAllowed.get(context.route) ?? ROUTE_UNKNOWN);
  };
}

const ANY = "any";
const ROUTE_UNKNOWN = refusal("route_unknown", "Not found");
const METHOD_NOT_ALLOWED = refusal("method_not_allowed", "Method not allowed");
