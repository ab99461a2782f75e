import type { CloseReason } from "./keep-alive.ts";
import type { Refusal } from "./refusal.ts";

/**
 * What is learnt of an exchange on its way, for the one line that tells of it. Stages write what they find
 * out; only `answer` reads it, when the exchange is over.
 */
export interface Exchange {
  readonly method: string;
  /** The path of a route, or words that say it is none: in any other path may stand what must not be logged. */
  readonly path: string;
  /** The `name` of the user, once token auth has found one. */
  user: string | null;
  /** Bytes of content the request brought: declared, or read so far. What is over the limit does not count. */
  received: number;
  /** Bytes of content the answer has, where they are known. */
  sent: number | null;
  /** The address of the client, where somebody wants to know. */
  client: string | null;
  /** Whether a monitor asks, which does so again and again. */
  isProbe: boolean;
  /** What the exchange is called in the logs of all who took part in it, where it has a name. */
  requestId: string | null;
  /** Why the connection closes with the answer, where it would have stayed open for a user. */
  closing: CloseReason | null;
}

/** What is known of an exchange apart from the request itself. Never changed, only passed on fuller. */
export interface Context {
  /** Normalised, still percent-encoded, without query and fragment. Always starts with a slash. */
  readonly path: string;
  /** The path of the route that the path belongs to, or null where it is unknown. */
  readonly route: string | null;
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
