import { HOP_BY_HOP, isEndToEnd, removeNamedByConnection } from "../../http/hop-by-hop.ts";

/**
 * Removes the hop-by-hop fields, and those that Connection names, from the headers of an upstream's answer, in place.
 * Otherwise the upstream's `Connection: close` would close the client's connection (Bun 1.4.5).
 */
export function answerHeaders(headers: Headers): void {
  removeNamedByConnection(headers, isEndToEnd);
  for (const name of HOP_BY_HOP) headers.delete(name);
}
