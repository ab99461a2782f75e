import type { Exchange } from "../http/handler.ts";
import type { Refusal } from "../http/refusal.ts";

/** An exchange that is over. */
interface Ended {
  readonly exchange: Exchange;
  readonly status: number;
  /** From the request to the answer, the content not included. */
  readonly milliseconds: number;
}

/** A fact, in the past tense. The log interprets it; nothing else knows that a log exists. */
export type Observation =
  /** A server listens. */
  | { readonly kind: "started"; readonly name: string; readonly url: string; readonly tokens: number }
  /** A route tells that it was reached. */
  | { readonly kind: "received"; readonly what: string }
  /** A handler gave a response. */
  | ({ readonly kind: "answered" } & Ended)
  /** A stage refused the request. */
  | ({ readonly kind: "refused"; readonly refusal: Refusal } & Ended)
  /** A stage threw, or gave what is no response. */
  | ({ readonly kind: "failed"; readonly fault: unknown } & Ended)
  /** Something threw outside every exchange. */
  | { readonly kind: "strayed"; readonly fault: unknown }
  /** A signal asked the server to stop. */
  | { readonly kind: "stopping"; readonly signal: string; readonly inFlight: number }
  /** The server stopped; so many requests were cut off. */
  | { readonly kind: "stopped"; readonly cut: number }
  /** Log lines could not be written. */
  | { readonly kind: "lost"; readonly lines: number };

/** Takes an observation. It never throws and never waits. */
export type Observe = (observation: Observation) => void;
