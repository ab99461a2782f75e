/** Why an upstream gave no answer, in one word, for the log and the metrics. */
export type UpstreamCause =
  /** Nothing listens there. */
  | "refused"
  /** The name of its host has no address. */
  | "unresolved"
  /** It closed the connection before its answer was complete. */
  | "reset"
  /** Its certificate is not trusted, or it speaks no TLS. */
  | "tls"
  /** No connection within `connect_timeout`. */
  | "connect_timeout"
  /** No answer within `timeout`, or silence in the middle of one. */
  | "timeout"
  /** It sent what is no answer of HTTP/1.1, or one with two meanings. */
  | "invalid_answer"
  /** This machine can't connect: out of ports or file descriptors. */
  | "unavailable";

/** Every cause, each with a series of its own in the metrics from the start. */
export const UPSTREAM_CAUSES = [
  ...["refused", "unresolved", "reset", "tls", "connect_timeout", "timeout", "invalid_answer"],
  "unavailable",
] as readonly UpstreamCause[];

/** An upstream failed. Expected, and never shown to a client. */
export class UpstreamError extends Error {
  constructor(readonly reason: UpstreamCause) {
    super(reason);
  }
}

/** The cause of what fetch throws (Bun 1.4.5). */
export function upstreamCause(fault: unknown): UpstreamCause {
  if (fault instanceof UpstreamError) return fault.reason;
  const code = fault instanceof Error && "code" in fault ? String(fault.code) : "";
  return CAUSES.get(code) ?? (/CERT|TLS|SSL|SIGNATURE|EPROTO/.test(code) ? "tls" : "invalid_answer");
}

const CAUSES: ReadonlyMap<string, UpstreamCause> = new Map([
  ["ECONNREFUSED", "refused"],
  ["ConnectionRefused", "refused"],
  ["FailedToOpenSocket", "refused"],
  ["ENOENT", "refused"],
  ["EACCES", "refused"],
  ["ENOTFOUND", "unresolved"],
  ["ECONNRESET", "reset"],
  ["ConnectionClosed", "reset"],
  ["EPIPE", "reset"],
  ["EADDRNOTAVAIL", "unavailable"],
  ["EMFILE", "unavailable"],
  ["ENFILE", "unavailable"],
]);
