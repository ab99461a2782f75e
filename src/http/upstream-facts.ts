/** Why an upstream gave no answer or only a part of one, in one word. */
export type UpstreamCause =
  /** Nothing listens there. */
  | "refused"
  /** The name of its host has no address, or no resolver answers. */
  | "unresolved"
  /** It closed the connection before its answer was complete. */
  | "reset"
  /** Its certificate is not trusted, or it speaks no TLS. */
  | "tls"
  /** No connection within `connect_timeout`. */
  | "connect_timeout"
  /** No answer within `timeout`, or silence in the middle of one. */
  | "timeout"
  /** It sent something that is no HTTP/1.1 answer, or one with two meanings. */
  | "invalid_answer"
  /** This machine can't connect: it is out of ports or file descriptors. */
  | "unavailable";

/** Every cause. */
export const UPSTREAM_CAUSES: readonly UpstreamCause[] = [
  ...(["refused", "unresolved", "reset", "tls", "connect_timeout", "timeout"] as const),
  ...(["invalid_answer", "unavailable"] as const),
];

/** What is known of the upstream that a request was forwarded to. */
export interface UpstreamFacts {
  /** The status of its answer, or null if there was none. */
  readonly status: number | null;
  /** Why it failed; null if it did not. */
  readonly cause: UpstreamCause | null;
  /** Milliseconds from the request to the head of the answer, or to the failure. */
  readonly headAfter: number;
}
