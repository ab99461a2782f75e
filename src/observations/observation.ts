import type { Exchange } from "../http/exchange.ts";
import type { Refusal } from "../http/refusal.ts";

/** An exchange that is over, without its path: only that of its route is shown, because any other may contain a token. */
export interface FinishedExchange {
  readonly exchange: Omit<Exchange, "path">;
  readonly status: number;
  /** From the request to the end of the answer; to its beginning if its content is in memory. */
  readonly milliseconds: number;
}

/** Something that happened. The log and the metrics each interpret it; nothing else knows of them. */
export type Observation =
  /** The server listens. */
  | { readonly kind: "started"; readonly name: string; readonly url: string; readonly tokens: number }
  /** A request reached a route. */
  | { readonly kind: "received"; readonly what: string }
  /** A handler answered. */
  | ({ readonly kind: "answered" } & FinishedExchange)
  /** A guard or handler refused the request. */
  | ({ readonly kind: "refused"; readonly refusal: Refusal } & FinishedExchange)
  /** Within about a second, `count` refusals for the same reason got no log line of their own. */
  | {
      readonly kind: "refusals_counted";
      /** One of them, for its code and text. */
      readonly refusal: Refusal;
      readonly count: number;
      /** The most frequent client addresses, if addresses are known; a count may be too low. */
      readonly clients: readonly { readonly value: string; readonly count: number }[];
    }
  /** A guard or handler threw or returned no response, or the content of its answer failed halfway. */
  | ({ readonly kind: "failed"; readonly fault: unknown } & FinishedExchange)
  /** The current config may contain a mistake. */
  | { readonly kind: "warning"; readonly text: string }
  /** New connections get a certificate that expires at this time, in milliseconds since 1970. */
  | { readonly kind: "certificate"; readonly expires: number }
  /** A token store can't be reached; `loaded` if its tokens are in memory. The problem names it, without a secret. */
  | { readonly kind: "store_away"; readonly problem: string; readonly loaded: boolean }
  /** It is back, with this many tokens, after so many milliseconds. */
  | {
      readonly kind: "store_back";
      readonly store: string;
      readonly tokens: number;
      readonly milliseconds: number;
    }
  /** A token expires soon; the time is milliseconds since 1970. */
  | { readonly kind: "token_expires"; readonly handle: string; readonly expires: number }
  /** So many others do. */
  | { readonly kind: "tokens_expire"; readonly more: number }
  /** A new config is in use. */
  | { readonly kind: "reloaded"; readonly tokens: number }
  /** A new config changes a setting that only a restart can apply. */
  | { readonly kind: "restart_needed"; readonly setting: string }
  /** One of the reasons why a new config can't be used. */
  | { readonly kind: "problem"; readonly text: string }
  /** A new config can't be used; the previous one stays in use. */
  | { readonly kind: "reload_failed" }
  /** A watched file is gone; its previous content stays in use. */
  | { readonly kind: "file_missing"; readonly file: string }
  /** An error was thrown outside every exchange, and nothing caught it. */
  | { readonly kind: "uncaught"; readonly fault: unknown }
  /** After a stop signal the server still answers for `milliseconds`, and asks clients to reconnect. */
  | { readonly kind: "draining"; readonly signal: string; readonly milliseconds: number }
  /** The server accepts no more requests. */
  | { readonly kind: "stopping"; readonly signal: string; readonly inFlight: number }
  /** The server stopped; `cut` requests were cut off. */
  | { readonly kind: "stopped"; readonly cut: number }
  /** A second signal ended the server at once, with `inFlight` requests unfinished. */
  | { readonly kind: "ended"; readonly signal: string; readonly inFlight: number }
  /** Few file descriptors are left: connections without a user or to an upstream now close after their answer. */
  | { readonly kind: "descriptors_short"; readonly open: number; readonly max: number }
  /** Enough file descriptors are left again. */
  | { readonly kind: "descriptors_enough"; readonly open: number; readonly max: number }
  /** Log lines could not be written and were dropped. */
  | { readonly kind: "lines_dropped"; readonly lines: number };

/** The path of an exchange as the log and the metrics show it. */
export function shownPath({ route }: FinishedExchange["exchange"]): string {
  return route ?? "(unknown path)";
}

/** Receives an observation. Never throws and never waits. */
export type Observe = (observation: Observation) => void;
