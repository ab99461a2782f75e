import type { Endpoint, FindEndpoint } from "../http/endpoint.ts";
import type { Handler } from "../http/handler.ts";
import { hostName } from "../http/host.ts";
import { refusal, type Refusal } from "../http/refusal.ts";
import { router } from "../http/router.ts";
import { splitRoute, type Exclusions } from "./exclusions.ts";
import type { AppRoute, OpenRoute, RoutePlace } from "./route-kind.ts";

/** Puts the guards before a handler. */
export interface GuardedRoutes {
  /** A route that is served without a token. */
  open(route: OpenRoute): Handler;
  closed(route: AppRoute): Handler;
  /** The refusal of a request that the guards let through; `place` is null if there is no route. */
  refused(refusal: Refusal, place: RoutePlace | null): Handler;
}

/** Makes the endpoints of routes, those that the exclusions open and the others, and of all requests that no route answers. */
export function endpoints(
  routes: readonly AppRoute[],
  exclusions: Exclusions,
  guarded: GuardedRoutes,
): FindEndpoint {
  const parts = routes.map((route) => splitRoute(route, exclusions));
  const places = [
    ...parts.flatMap(({ open }) => (open ? [{ ...open, guarded: guarded.open(open) }] : [])),
    ...parts.flatMap(({ closed }) => (closed ? [{ ...closed, guarded: guarded.closed(closed) }] : [])),
  ];
  const find = router<(typeof places)[number], Endpoint>({
    places,
    target: ({ guarded, ...place }) => endpointOf(place, guarded),
    notAllowed: (place, allow) =>
      endpointOf(place, guarded.refused(METHOD_NOT_ALLOWED.withHeader("Allow", allow), place)),
    unknown: {
      route: null,
      handler: guarded.refused(ROUTE_UNKNOWN, null),
      errorFormat: null,
      allowsEncoded: false,
      isProbe: false,
    },
  });
  const nameOf = places.some(({ hosts }) => hosts) ? hostReader() : () => null;
  // Most requests in a row lead to the same endpoint.
  let lastName: string | null = null;
  let lastMethod = "";
  let lastPath = "";
  let last = find(lastMethod, lastPath, lastName);
  return ({ headers }, method, path) => {
    const name = nameOf(headers);
    if (path !== lastPath || method !== lastMethod || name !== lastName) {
      last = find(method, path, name);
      lastPath = path;
      lastMethod = method;
      lastName = name;
    }
    return last;
  };
}

/** Reads the name in the Host header. Most requests in a row are for the same host. */
function hostReader(): (headers: Headers) => string | null {
  let lastHost = "";
  let lastName: string | null = null;
  return (headers) => {
    const host = headers.get("host") ?? "";
    if (host !== lastHost) {
      lastName = hostName(host);
      lastHost = host;
    }
    return lastName;
  };
}

function endpointOf(
  { path, errorFormat = null, allowsEncoded = false, isProbe = false }: RoutePlace,
  handler: Handler,
): Endpoint {
  return { route: path, handler, errorFormat, allowsEncoded, isProbe };
}

const ROUTE_UNKNOWN = refusal("route_unknown", "Not found");
const METHOD_NOT_ALLOWED = refusal("method_not_allowed", "Method not allowed");
