import type { UserContext } from "../guards/token-auth.ts";
import type { Route } from "../http/router.ts";
import type { Observe } from "../observations/observation.ts";
import { health, type Readiness } from "./health.ts";
import { metricsRoute } from "./metrics.ts";
import { ping } from "./ping.ts";
import { whoami } from "./whoami.ts";

/** A route that may be served without a token, or one whose handler needs the user and so never is. */
export type AppRoute =
  (Route & { readonly needsUser?: false }) | (Route<UserContext> & { readonly needsUser: true });

/** What the handlers know of the server around them. */
export interface Services {
  readonly observe: Observe;
  readonly readiness: Readiness;
  /** The text of the metrics as they are now. */
  readonly metrics: () => string;
}

/** What can answer at a route of config.json, by its name there. A new one is one file and one line here. */
const HANDLERS = {
  ping: (path, { observe }) => ping(path, observe),
  health: (path, { readiness }) => health(path, readiness),
  metrics: (path, { metrics }) => metricsRoute(path, metrics),
  whoami,
} as const satisfies Record<string, (path: string, around: Services) => AppRoute>;

type HandlerName = keyof typeof HANDLERS;

/** The names of the handlers. */
export const HANDLER_NAMES = Object.keys(HANDLERS) as readonly HandlerName[];

/** A route as config.json gives it. */
export interface RouteOptions {
  /** Exact, or all below a folder where it ends in `/*`. */
  readonly path: string;
  readonly handler: HandlerName;
}

/** Makes the routes that config.json asks for. */
export type RouteMaker = (options: readonly RouteOptions[], around: Services) => readonly AppRoute[];

/** The routes that config.json asks for. */
export const appRoutes: RouteMaker = (options, around) =>
  options.map(({ path, handler }) => HANDLERS[handler](path, around));

/** The routes of the admin listener. */
export function adminRoutes({ readiness, metrics }: Services): readonly Route[] {
  return [health("/healthz", readiness), metricsRoute("/metrics", metrics)];
}
