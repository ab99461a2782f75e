import type { Exchange } from "../http/exchange.ts";
import type { Refusal } from "../http/refusal.ts";

/** An exchange that is over. */
export interface Ended {
  readonly exchange: Exchange;
  readonly status: number;
  /** From the request to the end of the answer, or to the answer where its content is in memory. */
  readonly milliseconds: number;
}

/** A fact. The log and the metrics each interpret it; nothing else knows that they exist. */
export type Observation =
  /** A server listens. */
  | { readonly kind: "started"; readonly name: string; readonly url: string; readonly tokens: number }
  /** A route tells that it was reached. */
  | { readonly kind: "received"; readonly what: string }
  /** A handler answered. */
  | ({ readonly kind: "answered" } & Ended)
  /** A stage refused the request. */
  | ({ readonly kind: "refused"; readonly refusal: Refusal } & Ended)
  /** So many refusals of a code, in about a second, have no observation of their own in the log. */
  | {
      readonly kind: "refusals_counted";
      /** One of them, for its code and text. */
      readonly refusal: Refusal;
      readonly count: number;
      /** The addresses most of them came from, where addresses are known; counts may be too low. */
      readonly clients: readonly { readonly value: string; readonly count: number }[];
    }
  /** A guard or handler threw or returned no response, or the content of its answer failed midway. */
  | ({ readonly kind: "failed"; readonly fault: unknown } & Ended)
  /** The config that serves may have a mistake in it. */
  | { readonly kind: "warning"; readonly text: string }
  /** The certificate that new connections meet, and when it expires, in milliseconds since 1970. */
  | { readonly kind: "certificate"; readonly expires: number }
  /** A new config serves. */
  | { readonly kind: "reloaded"; readonly tokens: number }
  /** A new config changes a setting that stays as it is until a restart. */
  | { readonly kind: "restart_needed"; readonly setting: string }
  /** A new config can't be used, for this reason and perhaps others. */
  | { readonly kind: "problem"; readonly text: string }
  /** A new config can't be used; the one before still serves. */
  | { readonly kind: "reload_failed" }
  /** A watched file that was read is gone, and what was read from it stays in use. */
  | { readonly kind: "file_missing"; readonly file: string }
  /** Something threw outside every exchange. */
  | { readonly kind: "uncaught"; readonly fault: unknown }
  /** A signal asked the server to stop; until then it goes on for so many milliseconds, asking clients to leave. */
  | { readonly kind: "draining"; readonly signal: string; readonly milliseconds: number }
  /** The server takes no more requests. */
  | { readonly kind: "stopping"; readonly signal: string; readonly inFlight: number }
  /** The server stopped; so many requests were cut off. */
  | { readonly kind: "stopped"; readonly cut: number }
  /** A second signal ended the server at once, with so many requests in flight. */
  | { readonly kind: "ended"; readonly signal: string; readonly inFlight: number }
  /** Few file descriptors are left: from here on connections without a user close with their answer. */
  | { readonly kind: "descriptors_short"; readonly open: number; readonly max: number }
  /** There are enough again. */
  | { readonly kind: "descriptors_enough"; readonly open: number; readonly max: number }
  /** Log lines could not be written. */
  | { readonly kind: "lost"; readonly lines: number };

/** Takes an observation. It never throws and never waits. */
export type Observe = (observation: Observation) => void;
