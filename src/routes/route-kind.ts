import type { UserContext } from "../guards/token-auth.ts";
import type { Carrier } from "../http/carrier.ts";
import type { ErrorFormat } from "../http/error-content.ts";
import type { Context, Guard, Handler } from "../http/handler.ts";
import type { Methods } from "../http/methods.ts";
import type { Open } from "../http/open-response.ts";
import type { Place } from "../http/router.ts";
import type { Observe } from "../observations/observation.ts";
import type { Properties, Values } from "../schema/schema.ts";
import type { Upstreams } from "./proxy/shared-upstreams.ts";
import type { RouteValues } from "./route-settings.ts";
import { carriersOf } from "./token-settings.ts";

/** What the server offers to the handlers of its routes. */
export interface Services {
  readonly observe: Observe;
  /**
   * Whether requests should come here: while the server drains, or has no tokens of its store, they should not. While the
   * store is away and its tokens are still good (`store_away`) they should.
   */
  readonly readiness: () => "ready" | "store_away" | "draining" | "store_unavailable";
  /** The store as messages show it; null if the config names none. */
  readonly storeName: string | null;
  /** The text of the metrics as they are now. */
  readonly metrics: () => string;
  /** How clients connect: over TLS or not. */
  readonly proto: "http" | "https";
  readonly upstreams: Upstreams;
  /** Cuts what takes time, other than the answer that is returned, once the token of its exchange is withdrawn. */
  readonly opened: (open: Open, exchange: Context) => void;
  /** What may carry a token unless a route sets something else. */
  readonly tokenFrom: readonly Carrier[];
}

/** One kind of route: which requests it answers, what can be set, and how its handler is made. */
export interface RouteKind<N extends string, M extends Properties, U extends boolean> {
  /** `"handler": "NAME"` in config.json chooses the kind, or the setting of this name where the kind has one. */
  readonly name: N;
  readonly methods: Methods;
  /** What the options change about which requests the route answers and how its guards treat them. */
  readonly place?: (options: RouteValues & Values<M>) => Partial<RoutePlace>;
  /** Whether the handler needs the user of the token. If so, the route is never open. */
  readonly needsUser: U;
  /** Whether it answers trusted proxies only, so that the config must have some. */
  readonly needsProxies?: true;
  /** Whether its requests are probes, whose answers are logged at DEBUG only. */
  readonly isProbe?: true;
  /** The settings of this kind, besides those of every route. */
  readonly settings: M;
  create(
    options: RouteValues & Values<M>,
    services: Services,
  ): Handler<U extends true ? UserContext : Context>;
}

/** Which requests a route answers, and the options of its guards. */
export interface RoutePlace extends Place {
  /** The maximum size of a request's content; by default that of the server. */
  readonly maxSize?: number | null;
  /** What may carry a token; by default that of the server. */
  readonly tokenFrom?: readonly Carrier[] | null;
  /** The scopes that a token needs, all of them; by default none. */
  readonly scopes?: readonly string[] | null;
  /** Returns the text whose query may carry a token; by default the URL of the request. */
  readonly urlOf?: (request: Request, context: Context) => string;
  /** The format of refusals and faults; by default that of the server. */
  readonly errorFormat?: ErrorFormat | null;
  /** Whether paths may contain what `encodedPathOf` accepts. */
  readonly allowsEncoded?: boolean;
  /** Whether its requests are probes, which a monitor repeats for ever. */
  readonly isProbe?: boolean;
  /** Comes before all other guards of the route, and so sees each of their answers. */
  readonly outermost?: Guard;
}

/** A route that may be served without a token. */
export interface OpenRoute extends RoutePlace {
  readonly needsUser?: false;
  readonly handler: Handler;
}

/** A route that is served below token auth only. */
export interface UserRoute extends RoutePlace {
  readonly needsUser: true;
  readonly handler: Handler<UserContext>;
}

/** A route of the app. */
export type AppRoute = OpenRoute | UserRoute;

/** Defines a kind of route, with the types that its settings and its need of a user make. */
export function routeKind<const N extends string, M extends Properties, const U extends boolean>(
  kind: RouteKind<N, M, U>,
): RouteKind<N, M, U> {
  return kind;
}

/** The route that a kind makes of its options. */
export function routeOf<M extends Properties>(
  kind: RouteKind<string, M, true> | RouteKind<string, M, false>,
  options: RouteValues & Values<M>,
  services: Services,
): AppRoute {
  const { path, token_from, error_format = null, scope = null } = options;
  const { methods, isProbe = false } = kind;
  const own = {
    tokenFrom: token_from ? carriersOf(token_from) : null,
    errorFormat: error_format,
    scopes: scope,
  };
  const place = { path, methods, isProbe, ...own, ...kind.place?.(options) };
  return kind.needsUser
    ? { ...place, needsUser: true, handler: kind.create(options, services) }
    : { ...place, needsUser: false, handler: kind.create(options, services) };
}
