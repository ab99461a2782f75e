import type { Guard } from "../http/handler.ts";
import { routeTable, type Route } from "../http/router.ts";

/** Serves these routes without a token, and passes on every other request. Null if there are none. */
export function openRoutes(routes: readonly Route[]): Guard | null {
  if (routes.length === 0) return null;
  const table = routeTable(routes);
  return (request, context, next) => {
    const handler = table.find(context);
    return handler ? handler(request, context) : next(request, context);
  };
}
