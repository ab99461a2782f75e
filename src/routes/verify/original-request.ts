import { RFC_TOKEN } from "../../http/grammar.ts";
import { hostName } from "../../http/host.ts";
import { pathOf } from "../../http/path.ts";

/** The proxies that a verify route can answer, each with the headers by which it reports the request of its client. */
export const DIALECTS = ["nginx", "caddy", "traefik"] as const;

/** The proxy that asks. The operator names it: the headers of one dialect never replace those of another. */
export type Dialect = (typeof DIALECTS)[number];

/** The request that a proxy has received and asks about. */
export interface OriginalRequest {
  readonly method: string;
  /** In lower case, without the port. */
  readonly host: string;
  /** As `pathOf` normalises it. */
  readonly path: string;
}

/** Why the original request can't be read. Never holds a value: a target may contain a token. */
export interface OriginalFault {
  readonly header: string;
  readonly part: "method" | "proto" | "host" | "uri";
  readonly fault: "missing" | "invalid";
}

/** Reads the headers of one dialect. */
export interface OriginalReader {
  /** Reads the original request, or says which header is missing or invalid. */
  read(headers: Headers): OriginalRequest | OriginalFault;
  /** The original target as it came, valid or not; empty where there is none. */
  target(headers: Headers): string;
}

/**
 * Makes the reader of a dialect. Each header must be there once: Bun 1.4.5 joins two lines with ", ", and no valid value
 * contains a space. The target must be ASCII, begin with a slash, and have no fragment and no backslash in its path: the
 * proxy passes these on as they are, and servers read them differently.
 */
export function originalReader(dialect: Dialect): OriginalReader {
  const names = HEADERS[dialect];
  return {
    read(headers) {
      const method = headers.get(names.method);
      if (method === null || !RFC_TOKEN.test(method)) return faultOf(names, "method", method);
      if (names.proto !== null) {
        const proto = headers.get(names.proto);
        if (proto === null || !PROTO.test(proto)) return faultOf(names, "proto", proto);
      }
      const given = headers.get(names.host);
      const host = given === null ? null : hostName(given);
      if (host === null) return faultOf(names, "host", given);
      const uri = headers.get(names.uri);
      const path = uri === null || !TARGET.test(uri) ? null : pathOf(uri);
      return path === null ? faultOf(names, "uri", uri) : { method, host, path };
    },
    target: (headers) => headers.get(names.uri) ?? "",
  };
}

/** Whether the original request could not be read. */
export function isFault(read: OriginalRequest | OriginalFault): read is OriginalFault {
  return "fault" in read;
}

interface HeaderNames {
  readonly method: string;
  readonly proto: string | null;
  readonly host: string;
  readonly uri: string;
}

function faultOf(names: HeaderNames, part: OriginalFault["part"], value: string | null): OriginalFault {
  // A proxy sends an empty value for a variable that is not set.
  return { header: names[part] ?? "", part, fault: value ? "invalid" : "missing" };
}

/** Caddy and Traefik set these by themselves, nginx by the documented snippet. */
const FORWARDED: HeaderNames = {
  method: "X-Forwarded-Method",
  proto: "X-Forwarded-Proto",
  host: "X-Forwarded-Host",
  uri: "X-Forwarded-Uri",
};
const HEADERS: Readonly<Record<Dialect, HeaderNames>> = {
  nginx: {
    method: "X-Original-Method",
    proto: null,
    host: "X-Original-Host",
    uri: "X-Original-URI",
  },
  caddy: FORWARDED,
  traefik: FORWARDED,
};

/** Traefik reports a WebSocket as ws or wss if it trusts the proxy before it. */
const PROTO = /^(?:https?|wss?)$/;
const TARGET = /^\/[!"$->@-[\]-~]*(?:\?[!"$-~]*)?$/;
