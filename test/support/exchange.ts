import { Exchange } from "../../src/http/exchange.ts";
import type { Client } from "../../src/http/client.ts";
import type { Context } from "../../src/http/handler.ts";
import { clockOf } from "./clock.ts";
import type { ConnectionInfo } from "../../src/http/keep-alive.ts";

/** A connection whose other end has no address, and on which no answer waits. */
export const NO_CONNECTION: ConnectionInfo = {
  requestIP: () => null,
  timeout: () => {},
  upgrade: () => false,
  pendingRequests: 0,
};

/** A client that is its own peer. */
export function clientOf(address: string | null, requestId: string): Client {
  return { address, requestId, peer: address, isTrustedPeer: false };
}

/** What a test knows of an exchange. */
export type Known = Partial<
  Pick<
    Exchange,
    "method" | "route" | "received" | "sent" | "aborted" | "withdrawn" | "isProbe" | "closing" | "upstream"
  >
> & { readonly user?: string; readonly client?: Client["address"]; readonly requestId?: string };

/** An exchange of which only this is known, of a request on a connection. */
export function exchangeOf(
  known: Known = {},
  request = new Request("http://localhost/"),
  connection = NO_CONNECTION,
): Exchange {
  const { method = "GET", route = "/ping", isProbe = false, user, client = null, ...rest } = known;
  const { requestId = "id1", ...found } = rest;
  const handler = () => new Response();
  const endpoint = { route, handler, errorFormat: null, allowsEncoded: false, isProbe };
  const identify = () => clientOf(client, requestId);
  const options = { identify, clock: clockOf(), errorFormat: "simple" } as const;
  const exchange = new Exchange(request, connection, endpoint, options, method, route ?? "/", 0);
  return Object.assign(exchange, found, {
    user: user === undefined ? null : { name: user, tokenId: user.slice(0, 8), scopes: [] },
  });
}

/** The context of a request for this path, which is a route. */
export function contextOf(path: string, method = "GET"): Context {
  return exchangeOf({ method, route: path });
}
