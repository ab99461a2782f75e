import type { Digest } from "./token.ts";

/** Whom a token belongs to. */
export interface User {
  /** The same at every start. */
  readonly uuid: string;
}

/**
 * The user of a token that came without one: its uuid (RFC 9562 5.8) is made of the digest, so it starts with
 * the 8 digits by which the log names the token.
 */
export function userOfDigest(digest: Digest): User {
  const hex = digest.toHex();
  const part = (from: number, to: number) => hex.slice(from, to);
  // Joined, not a template: it stands in every log line, and a sum of strings is summed up again in each (Bun 1.4.5).
  return { uuid: [part(0, 8), part(8, 12), `8${part(13, 16)}`, `a${part(17, 20)}`, part(20, 32)].join("-") };
}
