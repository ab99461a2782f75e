import type { UpstreamCause } from "../http/upstream-facts.ts";

/** An upstream failed. This is expected, and never shown to a client. */
export class UpstreamError extends Error {
  constructor(readonly reason: UpstreamCause) {
    super(reason);
  }
}

/** Whether this is a failure of an upstream or of the connection to it; anything else is a fault of this program. */
export function isUpstreamFault(fault: unknown): boolean {
  return fault instanceof UpstreamError || (fault instanceof Error && "code" in fault);
}

/** The cause of the error with which a connection or a WebSocket to an upstream fails (codes of Bun 1.4.5). */
export function upstreamCause(fault: unknown): UpstreamCause {
  if (fault instanceof UpstreamError) return fault.reason;
  const code = fault instanceof Error && "code" in fault ? String(fault.code) : "";
  return CAUSES.get(code) ?? (/CERT|TLS|SSL|SIGNATURE|EPROTO/.test(code) ? "tls" : "invalid_answer");
}

const CAUSES: ReadonlyMap<string, UpstreamCause> = new Map([
  ["ECONNREFUSED", "refused"],
  ["ENOENT", "refused"],
  ["EACCES", "refused"],
  // The path of a Unix socket is too long.
  ["EINVAL", "refused"],
  ["ENOTFOUND", "unresolved"],
  // No resolver answers.
  ["EAI_AGAIN", "unresolved"],
  ["ECONNRESET", "reset"],
  ["EPIPE", "reset"],
  ["EADDRNOTAVAIL", "unavailable"],
  ["EMFILE", "unavailable"],
  ["ENFILE", "unavailable"],
]);
