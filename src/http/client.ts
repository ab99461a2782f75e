import { isAddress, proxyTest } from "./network.ts";

/** Who asks, and what the exchange is called in the logs of all who took part in it. */
export interface Client {
  /** An IP address, or "unknown"; null behind a Unix socket whose proxy does not tell. */
  readonly address: string | null;
  readonly requestId: string;
}

/** Finds out who asks, from the address of the other end of the connection, null where there is none. */
export type Identify = (request: Request, peer: string | null) => Client;

/**
 * Believes trusted proxies, and nobody else, what they say of their clients.
 *
 * X-Forwarded-For is read from the right, where each proxy adds whom it saw: the first one that is no trusted
 * proxy is the client, whatever it wrote further left. What is no IP address ends the search; a port behind one, as
 * some proxies write it, counts for nothing. X-Request-Id is taken over where it is well formed, and minted otherwise.
 */
export function identify(trustedProxies: readonly string[], isUnix: boolean): Identify {
  const isProxy = proxyTest(trustedProxies);
  return ({ headers }, address) => {
    // A TCP client that has reset its connection has no address any more (Bun 1.4.5), and would pass for a Unix socket.
    const peer = address ?? (isUnix ? null : UNKNOWN);
    if (!isProxy(peer)) return { address: peer, requestId: crypto.randomUUID() };
    const given = headers.get("x-request-id");
    return {
      address: forwardedFor(headers.get("x-forwarded-for") ?? "", peer, isProxy),
      requestId: given !== null && REQUEST_ID.test(given) ? given : crypto.randomUUID(),
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

/** `203.0.113.7:4711`, `[2001:db8::7]:4711` and `[2001:db8::7]` without what is not the address. */
function withoutPort(text: string): string {
  const [, ipv6, ipv4] = ADDRESS_AND_PORT.exec(text) ?? [];
  return ipv6 ?? ipv4 ?? text;
}

const ADDRESS_AND_PORT = /^(?:\[([^\]]+)\](?::\d{1,5})?|([\d.]+):\d{1,5})$/;

/** In the place of an address that the system no longer knows. */
const UNKNOWN = "unknown";

/** What other programs take for an id, and no log or header line can be broken with. */
const REQUEST_ID = /^[\w.:+/=@-]{1,128}$/;
