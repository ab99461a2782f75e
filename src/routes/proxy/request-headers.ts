import type { CarrierRemover } from "../../http/carrier.ts";
import { foldedName } from "../../http/folded-name.ts";
import { CONSUMED, HOP_BY_HOP, isEndToEnd, namedByConnection } from "../../http/hop-by-hop.ts";
import { LIMITS } from "../../limits.ts";

/** Options for `requestHeaders`. */
export interface RequestHeaderOptions {
  /** Names of the identity headers; null omits one. */
  readonly userHeaders: {
    readonly user: string | null;
    readonly tokenId: string | null;
    readonly scopes: string | null;
  };
  /** Override the client's. The values are secret. */
  readonly setHeaders: Readonly<Record<string, string>>;
  /** The Host that the upstream receives; null is the client's, or `authority` if it sent none. */
  readonly host: string | null;
  /** The host of the upstream. */
  readonly authority: string;
}

/** What is known of a request besides its headers. */
export interface RequestFacts {
  /** The name of the user; null on an open route. */
  readonly user: string | null;
  /** The public handle of the token; null on an open route. */
  readonly tokenId: string | null;
  /** The scopes of the token; null on an open route. */
  readonly scopes: readonly string[] | null;
  /** The address at the other end of the connection; null on a Unix socket. */
  readonly peer: string | null;
  /** Whether the peer is trusted to report its clients. */
  readonly isTrustedPeer: boolean;
  readonly proto: "http" | "https";
  /** The Host header as it came. */
  readonly host: string | null;
  readonly requestId: string;
}

/**
 * Returns the field lines of a request as the upstream receives it. Names are in Title-Case: Bun 1.4.5 lists them in lower
 * case only, and some upstreams compare them case-sensitively.
 *
 * Removes the carriers of the token, the hop-by-hop fields, what Connection names, and every alias of a field that this
 * server sets or that frames a message. From a peer that is not trusted, also removes what proxies report: X-Forwarded-*,
 * Forwarded and X-Real-IP. Adds X-Forwarded-For, -Host and -Proto, X-Request-Id, the identity headers (never empty: "-"
 * where there is no user, or no scope) and `setHeaders`, so that none of these comes from the client.
 */
export function requestHeaders(
  options: RequestHeaderOptions,
  isCarrier: CarrierRemover["isCarrier"],
): (headers: Headers, facts: RequestFacts) => string {
  const { userHeaders } = options;
  const set = Object.entries(options.setHeaders);
  const setLines = set.map(([name, value]) => line(name, value)).join("");
  const identity = Object.values(userHeaders).filter((name) => name !== null);
  const names = [...identity, ...set.map(([name]) => name)];
  const own = new Set(names.map(titleCased));
  const removed = new Set([...OWN, ...HOP_BY_HOP, ...CONSUMED, ...names].map(foldedName));
  const ofTrusted = spelling((name) => isRemoved(name, removed, true));
  const ofOthers = spelling((name) => isRemoved(name, removed, false));

  return (headers, facts) => {
    const spell = facts.isTrustedPeer ? ofTrusted : ofOthers;
    const named = namedByConnection(headers.get("connection"), isKept);
    let lines = line("Host", options.host ?? (facts.host || options.authority));
    headers.forEach((value, name) => {
      const spelt = spell(name);
      if (spelt === null || isCarrier(name, value) || named?.has(name)) return;
      lines += line(spelt, name === "content-length" ? String(Number(value)) : value);
    });
    lines += reportedLines(headers, facts, own);
    if (userHeaders.user !== null) lines += line(userHeaders.user, facts.user || NOBODY);
    if (userHeaders.tokenId !== null) lines += line(userHeaders.tokenId, facts.tokenId || NOBODY);
    if (userHeaders.scopes !== null) lines += line(userHeaders.scopes, facts.scopes?.join(" ") || NOBODY);
    return lines + setLines;
  };
}

function line(name: string, value: string): string {
  return `${name}: ${value}\r\n`;
}

/** Returns how a name is spelt, or null if its field is removed. `name` is in lower case, as Headers lists it. */
function spelling(isOmitted: (name: string) => boolean): (name: string) => string | null {
  const known = new Map<string, string | null>();
  return (name) => {
    const found = known.get(name);
    if (found !== undefined) return found;
    const spelt = isOmitted(name) ? null : titleCased(name);
    if (known.size < LIMITS.headerNames) known.set(name, spelt);
    return spelt;
  };
}

function titleCased(name: string): string {
  return name.toLowerCase().replace(/(?<![a-z0-9])[a-z]/g, (letter) => letter.toUpperCase());
}

function isRemoved(name: string, removed: ReadonlySet<string>, isTrustedPeer: boolean): boolean {
  const folded = foldedName(name);
  if (removed.has(folded) || name.startsWith("proxy-")) return true;
  const genuine = GENUINE.get(folded);
  if (genuine !== undefined && genuine !== name) return true;
  if (REPORTED.has(name)) return !isTrustedPeer;
  return folded.startsWith("xforwarded") && !(isTrustedPeer && name.startsWith("x-forwarded-"));
}

/** What a proxy reports of a request, except `own` fields. What a trusted peer reports stays, and X-Forwarded-For grows. */
function reportedLines(
  headers: Headers,
  { peer, isTrustedPeer, proto, host, requestId }: RequestFacts,
  own: ReadonlySet<string>,
): string {
  const reported = (name: string, value: string | null) => (value && !own.has(name) ? line(name, value) : "");
  const given = (name: string) => (isTrustedPeer ? headers.get(name) : null);
  const before = given("x-forwarded-for");
  return (
    reported("X-Forwarded-For", peer !== null && before ? `${before}, ${peer}` : (peer ?? before)) +
    reported("X-Forwarded-Host", given("x-forwarded-host") || host) +
    reported("X-Forwarded-Proto", given("x-forwarded-proto") || proto) +
    reported("X-Request-Id", requestId)
  );
}

/** Fields that Connection can't remove. Those that are set later need no protection. */
function isKept(name: string): boolean {
  return isEndToEnd(name) || REPORTED.has(name) || name.startsWith("x-forwarded-");
}

/** Fields that this server sets on each request. */
const OWN = ["host", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-request-id"];

/** What a proxy reports besides X-Forwarded-*. */
const REPORTED: ReadonlySet<string> = new Set(["forwarded", "x-real-ip"]);

/** Fields that may stay in their own spelling but under no alias: the length, and what proxies report. */
const GENUINE: ReadonlyMap<string, string> = new Map(
  ["content-length", ...REPORTED].map((name) => [foldedName(name), name]),
);

/** The identity of a request without a user. */
const NOBODY = "-";
