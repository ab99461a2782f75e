import type { UserContext } from "../guards/token-auth.ts";
import type { Route } from "../http/router.ts";
import type { Observe } from "../observations/observation.ts";
import { ping } from "./ping.ts";

/** A route that may be served without a token, or one whose handler needs the user and so never is. */
export type AppRoute =
  (Route & { readonly needsUser?: false }) | (Route<UserContext> & { readonly needsUser: true });

/** The routes of the server. A new route is one file beside this one and one line here. */
export function appRoutes(observe: Observe): readonly AppRoute[] {
  return [ping(observe)];
}
