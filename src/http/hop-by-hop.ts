import { foldedName } from "./folded-name.ts";
import { RFC_TOKEN } from "./grammar.ts";

/**
 * The fields that are about one connection and never pass a proxy (RFC 9110 7.6.1), in lower case. Alt-Svc is here
 * because it names another way to the upstream, HTTP2-Settings because it belongs to an Upgrade.
 */
export const HOP_BY_HOP: readonly string[] = [
  ...[
    "connection",
    "keep-alive",
    "upgrade",
    "http2-settings",
    "alt-svc",
    "te",
    "trailer",
    "transfer-encoding",
  ],
  ...["proxy-connection", "proxy-authorization", "proxy-authenticate", "proxy-authentication-info"],
];

/**
 * Fields of a request that end at this server besides the hop-by-hop ones: Bun answers Expect by itself (Bun 1.4.5), and
 * a CGI program takes Proxy for the variable HTTP_PROXY.
 */
export const CONSUMED: readonly string[] = ["expect", "proxy"];

/**
 * The fields that Connection names, in lower case, unless `isKept`: otherwise a client could remove what the upstream relies
 * on, as with `Connection: Authorization`. Null if there are none. Bun 1.4.5 leaves them in place.
 */
export function namedByConnection(
  value: string | null,
  isKept: (name: string) => boolean,
): ReadonlySet<string> | null {
  if (value === null || value === "keep-alive" || value === "close") return null;
  const names = value.split(",").map((option) => option.trim().toLowerCase());
  return new Set(names.filter((name) => RFC_TOKEN.test(name) && !isKept(name)));
}

/** Whether a field, its name in lower case, belongs to the message itself, so that Connection can't remove it. */
export function isEndToEnd(name: string): boolean {
  return END_TO_END.has(name) || name.startsWith("content-");
}

const END_TO_END: ReadonlySet<string> = new Set(["host", "authorization", "cookie", "set-cookie"]);

/** Whether a name is that of a field which belongs to one connection or frames the message, or an alias of one. */
export function isReservedField(name: string): boolean {
  return RESERVED.has(foldedName(name)) || /^(?:proxy-|sec-websocket-)/i.test(name);
}

const RESERVED: ReadonlySet<string> = new Set(
  [...HOP_BY_HOP, ...CONSUMED, "host", "content-length"].map(foldedName),
);
