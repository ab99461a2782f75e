import type { FindEndpoint } from "../../src/http/endpoint.ts";
import type { Handler } from "../../src/http/handler.ts";

/** Leads every request to a handler. The path of the route is `/x`; any other path has none. */
export function leadTo(handler: Handler): FindEndpoint {
  return (_request, _method, path) => ({
    route: path === "/x" ? path : null,
    handler,
    errorFormat: null,
    allowsEncoded: false,
    isProbe: false,
  });
}
