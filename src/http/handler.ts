import type { Exchange } from "./exchange.ts";
import type { ConnectionInfo } from "./keep-alive.ts";
import type { Refusal } from "./refusal.ts";

/** Answers a request with a response, whatever happens. With `leave` the answer asks the client to reconnect. */
export type FetchHandler = (
  request: Request,
  connection: ConnectionInfo,
  leave?: boolean,
) => Response | Promise<Response>;

/** What guards and handlers know besides the request itself. A guard that finds out more passes on a fuller type of it. */
export type Context = Exchange;

/** A response, or a refusal that becomes one. */
export type Answer = Response | Refusal;

/**
 * Answers a request. A refusal is returned; what is thrown is a fault and becomes a 500. `withdrawn` is the refusal that a
 * new request would get if the token of this one were withdrawn before its answer; undefined if it has no user.
 */
export type Handler<C extends Context = Context> = (
  request: Request,
  context: C,
  withdrawn?: Refusal,
) => Answer | Promise<Answer>;

/** Refuses a request, answers it, or passes it to `next`. */
export type Guard<C extends Context = Context, D extends C = C> = (
  request: Request,
  context: C,
  next: Handler<D>,
) => Answer | Promise<Answer>;
