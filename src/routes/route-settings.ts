import { isRoutePath } from "../http/path.ts";
import { distinct } from "../schema/distinct.ts";
import { oneOrList } from "../schema/one-or-list.ts";
import { absent, required, type SoundValues, type Values } from "../schema/schema.ts";
import { text } from "../schema/scalars.ts";
import { isScope, scopeHint } from "../tokens/scope.ts";
import { errorFormatType, tokenFromType } from "./token-settings.ts";

const routePath = text('a path that starts with "/" and may end in "/*"', isRoutePath, (value) => {
  if (typeof value !== "string" || !value.startsWith("/")) return null;
  return /\*(?!$)|[^/]\*$/.test(value)
    ? '"*" may only be the last part, as in "/a/*"'
    : "no request has this path";
});

const scope = text('a scope: one word of visible ASCII without " and \\', isScope, scopeHint);

/** The settings of every route, whatever its kind. */
export const ROUTE_SETTINGS = {
  path: required(routePath, "The path, exact or ending in /*."),
  token_from: absent(tokenFromType, "What may carry a token there; by default as for the server."),
  scope: absent(
    distinct(oneOrList(scope, "scopes"), (one) => one),
    "The scopes that a token needs there, all of them; by default none.",
  ),
  error_format: absent(errorFormatType, "The format of refusals there; by default as for the server."),
};

/** The settings of every route. */
export type RouteSettings = typeof ROUTE_SETTINGS;

/** Their values. All but the path may be missing, in a route that no file sets. */
export type RouteValues = Partial<Values<RouteSettings>> & Pick<Values<RouteSettings>, "path">;

/** What is sound of their values. */
export type SoundRouteValues = Partial<SoundValues<RouteSettings>> & Pick<SoundValues<RouteSettings>, "path">;
