import type { Guard } from "../http/handler.ts";
import { hostName } from "../http/host.ts";
import { isAddress } from "../http/network.ts";
import { refusal, type Refusal } from "../http/refusal.ts";

/** Options for `hostGuard`. */
export interface HostGuardOptions {
  /**
   * The names that requests may be for, besides `localhost` and IP addresses; null for any name. A browser sends the
   * name of the page's own site, so this stops pages of other sites whose names resolve to this machine (DNS rebinding).
   */
  readonly names: readonly string[] | null;
}

/**
 * Refuses a request whose Host header is not one host with at most one port (400), or names another server (421,
 * RFC 9110 15.5.20). A request without a Host passes: HTTP/1.0 needs none, and a browser always sends one. Both refusals
 * close the connection, because the content is still unread.
 */
export function hostGuard({ names }: HostGuardOptions): Guard {
  const known = names && new Set(["localhost", ...names.map((name) => name.toLowerCase())]);
  const judge = (host: string): Refusal | null => {
    const name = hostName(host);
    if (name === null) return HOST_INVALID;
    return known === null || known.has(name) || isAddress(name.replace(/^\[|\]$/g, "")) ? null : HOST_UNKNOWN;
  };
  // Nearly all requests are for the same host.
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
