import type { Guard } from "../http/handler.ts";
import { hostName } from "../http/host.ts";
import { isAddress } from "../http/network.ts";
import { refusal, type Refusal } from "../http/refusal.ts";

/** Options for `hostGuard`. */
export interface HostGuardOptions {
  /**
   * The names that clients may ask for, besides `localhost` and IP addresses; null for any name. A browser sends the
   * name that a page was loaded from, so a page of somewhere else that has its name lead here (DNS rebinding) is refused.
   */
  readonly names: readonly string[] | null;
}

/**
 * Refuses a request whose Host header is not one host and port (400), or names another server (421, RFC 9110 15.5.20).
 * A request without a host passes: HTTP/1.0 has none, and a browser always sends one. Both refusals close the connection,
 * because the content is still unread.
 */
export function hostGuard({ names }: HostGuardOptions): Guard {
  const known = names && new Set(["localhost", ...names.map((name) => name.toLowerCase())]);
  const judge = (host: string): Refusal | null => {
    const name = hostName(host);
    if (name === null) return HOST_INVALID;
    return known === null || known.has(name) || isAddress(name.replace(/^\[|\]$/g, "")) ? null : HOST_UNKNOWN;
  };
  // Clients ask for the same host again and again.
  let last = "";
  let lastRefusal: Refusal | null = null;
  return (request, context, next) => {
    const host = request.headers.get("host") ?? "";
    if (host !== last) {
      lastRefusal = host === "" ? null : judge(host);
      last = host;
    }
    return lastRefusal ?? next(request, context);
  };
}

const CLOSE = { Connection: "close" };
const HOST_INVALID = refusal("request_invalid", "Invalid host header", CLOSE);
const HOST_UNKNOWN = refusal("host_unknown", "Unknown host", CLOSE);
