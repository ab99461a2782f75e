import { fieldLines, type FieldLines } from "../../src/upstream/field-lines.ts";
import {
  requestHeaders,
  type RequestFacts,
  type RequestHeaderOptions,
} from "../../src/routes/proxy/request-headers.ts";

/** Options of a route that sets no header. */
export const OPTIONS: RequestHeaderOptions = {
  userHeaders: { user: "X-Auth-User", tokenId: "X-Auth-Token-Id", scopes: "X-Auth-Scopes" },
  setHeaders: {},
  host: null,
  authority: "up:80",
};

/** A request with a user, of a peer that is not trusted. */
export const FACTS: RequestFacts = {
  user: "anna",
  tokenId: "9f86d081",
  scopes: ["read", "write"],
  peer: "192.0.2.1",
  isTrustedPeer: false,
  proto: "http",
  host: "gate.example",
  requestId: "minted",
};

/** All that the upstream receives of a request without headers, with FACTS. */
export const ALONE: Readonly<Record<string, string>> = {
  host: "gate.example",
  "x-auth-user": "anna",
  "x-auth-token-id": "9f86d081",
  "x-auth-scopes": "read write",
  "x-forwarded-for": "192.0.2.1",
  "x-forwarded-host": "gate.example",
  "x-forwarded-proto": "http",
  "x-request-id": "minted",
};

/** The fields that the upstream receives of a request with these headers. */
export function fieldsOf(
  sent: Readonly<Record<string, string>>,
  facts: Partial<RequestFacts> = {},
  options: Partial<RequestHeaderOptions> = {},
): FieldLines {
  const change = requestHeaders({ ...OPTIONS, ...options }, () => false);
  return pairsOf(change(new Headers(sent), { ...FACTS, ...facts }));
}

/** Field lines as names and values. */
export function pairsOf(lines: string): FieldLines {
  const found = fieldLines(`${lines}\r\n`, 0);
  if (found === null) throw new Error(`no field lines: ${JSON.stringify(lines)}`);
  return found;
}

/** The same, combined. */
export function upstreamHeaders(...given: Parameters<typeof fieldsOf>): Record<string, string> {
  return combined(fieldsOf(...given));
}

/** These fields as a server combines them: what comes twice has two values. Names are in lower case. */
export function combined(fields: FieldLines): Record<string, string> {
  return Object.fromEntries(new Headers(fields));
}
