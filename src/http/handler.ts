import type { Client } from "./client.ts";
import type { Exchange } from "./exchange.ts";
import type { ConnectionInfo } from "./keep-alive.ts";
import type { Refusal } from "./refusal.ts";

/** Answers a request with a response, whatever happens. With `leave` it asks the client to leave with the answer. */
export type FetchHandler = (
  request: Request,
  connection: ConnectionInfo,
  leave?: boolean,
) => Response | Promise<Response>;

/** What is known of an exchange apart from the request itself. Never changed, only passed on with more in it. */
export interface Context {
  readonly method: string;
  /** Normalised, still percent-encoded, without query and fragment. Always starts with a slash. */
  readonly path: string;
  /** The path of the route that the path belongs to, or null where it is unknown. */
  readonly route: string | null;
  /** The address of the client and the request id. Costs nothing unless called. */
  client(): Client;
  readonly exchange: Exchange;
}

/** A response, or the reason why there is none. */
export type Answer = Response | Refusal;

/** Answers a request. A refusal is returned, not thrown: a throw is a fault and becomes a 500. */
export type Handler<C extends Context = Context> = (request: Request, context: C) => Answer | Promise<Answer>;

/** Stands before a handler: refuses the request, answers it, or hands it to `next`. */
export type Guard<C extends Context = Context, D extends C = C> = (
  request: Request,
  context: C,
  next: Handler<D>,
) => Answer | Promise<Answer>;
