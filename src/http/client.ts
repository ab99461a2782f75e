import { isAddress, proxyTest } from "./network.ts";

/** The client of a request, and the id by which every program on its way logs the exchange. */
export interface Client {
  /** An IP address, or "unknown"; null on a Unix socket whose proxy does not report one. */
  readonly address: string | null;
  readonly requestId: string;
  /** The address at the other end of the connection, or "unknown"; null on a Unix socket. */
  readonly peer: string | null;
  /** Whether the peer is trusted to report its clients. */
  readonly isTrustedPeer: boolean;
}

/** Finds the client of a request that came from a peer address, which is null if there is none. */
export type Identify = (request: Request, peer: string | null) => Client;

/**
 * Identifies clients by what trusted proxies report, and by nothing that other peers send.
 *
 * X-Forwarded-For is read from the right, where each proxy appends the address it saw: the first address that is not a
 * trusted proxy is the client, and what stands further left is ignored. The search ends at anything that is not an IP
 * address; a port after the address, as some proxies write it, is ignored. A well-formed X-Request-Id is kept, any other
 * is replaced by a new one.
 */
export function identify(trustedProxies: readonly string[], isUnix: boolean): Identify {
  const isProxy = proxyTest(trustedProxies);
  return ({ headers }, address) => {
    // A TCP client that has reset its connection has no address (Bun 1.4.5), and would look like a Unix socket.
    const peer = address ?? (isUnix ? null : UNKNOWN);
    if (!isProxy(peer)) return { address: peer, requestId: crypto.randomUUID(), peer, isTrustedPeer: false };
    const given = headers.get("x-request-id");
    return {
      address: forwardedFor(headers.get("x-forwarded-for") ?? "", peer, isProxy),
      requestId: given !== null && REQUEST_ID.test(given) ? given : crypto.randomUUID(),
      peer,
      isTrustedPeer: true,
    };
  };
}

function forwardedFor(
  header: string,
  peer: string | null,
  isProxy: (address: string) => boolean,
): string | null {
  let client = peer;
  for (let end = header.length; end > 0;) {
    const comma = header.lastIndexOf(",", end - 1);
    const address = withoutPort(header.slice(comma + 1, end).trim());
    if (!isAddress(address)) return client;
    client = address;
    if (!isProxy(address)) return client;
    end = comma;
  }
  return client;
}

/** The address in `203.0.113.7:4711`, `[2001:db8::7]:4711` or `[2001:db8::7]`. */
function withoutPort(text: string): string {
  const [, ipv6, ipv4] = ADDRESS_AND_PORT.exec(text) ?? [];
  return ipv6 ?? ipv4 ?? text;
}

const ADDRESS_AND_PORT = /^(?:\[([^\]]+)\](?::\d{1,5})?|([\d.]+):\d{1,5})$/;

/** Stands for an address that the system no longer knows. */
const UNKNOWN = "unknown";

/** What other programs accept as an id, and what can't break a log or header line. */
const REQUEST_ID = /^[\w.:+/=@-]{1,128}$/;
