import { isRoutePath } from "../http/path.ts";
import { required } from "../schema/schema.ts";
import { text } from "../schema/scalars.ts";

const routePath = text('a path that starts with "/" and may end in "/*"', isRoutePath, (value) => {
  if (typeof value !== "string" || !value.startsWith("/")) return null;
  return /\*(?!$)|[^/]\*$/.test(value)
    ? '"*" may only be the last part, as in "/a/*"'
    : "no request has this path";
});

/** The settings of every route, whatever its kind. */
export const ROUTE_SETTINGS = {
  path: required(routePath, "The path, exact or ending in /*."),
};

/** The settings of every route. */
export type RouteSettings = typeof ROUTE_SETTINGS;
