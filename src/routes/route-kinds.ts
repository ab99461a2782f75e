import type { SettingType, SoundValues, Values } from "../schema/schema.ts";
import { taggedUnion } from "../schema/tagged-union.ts";
import { health } from "./health.ts";
import { metrics } from "./metrics.ts";
import { ping } from "./ping.ts";
import { proxy } from "./proxy/proxy.ts";
import { routeOf, type AppRoute, type RouteKind, type Services } from "./route-kind.ts";
import { ROUTE_SETTINGS, type RouteValues, type SoundRouteValues } from "./route-settings.ts";
import { verify } from "./verify/verify.ts";
import { whoami } from "./whoami.ts";

/** Every kind of route by its name. A new one is one file, one import and one line here. */
export const ROUTE_KINDS = {
  ping,
  health,
  metrics,
  whoami,
  verify,
  proxy,
};

/** A route in config.json: the settings of every route, and those of its kind. */
export const routeSetting: SettingType<RouteOptions, SoundRouteOptions> = taggedUnion({
  tag: "handler",
  about: "What answers there.",
  settings: ROUTE_SETTINGS,
  variants: Object.values(ROUTE_KINDS),
});

type Kinds = typeof ROUTE_KINDS;

/** A route as config.json sets it. */
export type RouteOptions<N extends keyof Kinds = keyof Kinds> = {
  [P in N]: RouteValues & Values<Kinds[P]["settings"]> & { readonly handler: P };
}[N];

/** What is sound of a route in config.json. */
export type SoundRouteOptions = {
  [P in keyof Kinds]: SoundRouteValues &
    SoundValues<Kinds[P]["settings"]> & { readonly handler: P | undefined };
}[keyof Kinds];

/** Makes the routes that config.json sets. */
export type RouteMaker = (options: readonly RouteOptions[], services: Services) => readonly AppRoute[];

/** The routes that config.json sets. */
export const appRoutes: RouteMaker = (options, services) => options.map((one) => appRoute(one, services));

function appRoute<N extends keyof Kinds>(options: RouteOptions<N>, services: Services): AppRoute {
  // Written out by name, so that the compiler sees that a kind gets the options that were read for it.
  const kinds: {
    [P in keyof Kinds]: RouteKind<P, Kinds[P]["settings"], true> | RouteKind<P, Kinds[P]["settings"], false>;
  } = ROUTE_KINDS;
  return routeOf(kinds[options.handler], options, services);
}

/** The routes of the admin listener. */
export function adminRoutes(services: Services): readonly AppRoute[] {
  return [routeOf(health, { path: "/healthz" }, services), routeOf(metrics, { path: "/metrics" }, services)];
}
