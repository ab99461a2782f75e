import { HOP_BY_HOP, isEndToEnd, removeNamedByConnection } from "../../http/hop-by-hop.ts";

/**
 * Removes from the headers of an upstream's answer, in place, the hop-by-hop fields and what Connection names. All else
 * stays as it is: a `Connection: close` of the upstream would close the client's connection (Bun 1.4.5).
 */
export function answerHeaders(headers: Headers): void {
  removeNamedByConnection(headers, isEndToEnd);
  for (const name of HOP_BY_HOP) headers.delete(name);
}
