import type { UpstreamCause } from "../../http/upstream-facts.ts";

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
