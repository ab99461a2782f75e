import { hostName } from "../../http/host.ts";
import { carrierRemover } from "../../http/carrier.ts";
import type { Exchange } from "../../http/exchange.ts";
import type { Handler } from "../../http/handler.ts";
import { queryOf } from "../../http/query.ts";
import { refusal, type Refusal } from "../../http/refusal.ts";
import type { Values } from "../../schema/schema.ts";
import { routeKind, type Services } from "../route-kind.ts";
import type { RouteValues } from "../route-settings.ts";
import { carriersOf } from "../token-settings.ts";
import { forwarding } from "./forwarding.ts";
import { isHandshake } from "./handshake.ts";
import { requestHeaderOptions } from "./header-settings.ts";
import { FORWARDED_METHODS, PROXY_SETTINGS } from "./proxy-settings.ts";
import { requestHeaders } from "./request-headers.ts";
import { targetOf } from "./target.ts";
import type { UpstreamOptions } from "../../upstream/upstream.ts";
import { upstreamUrl, type UpstreamUrl } from "../../upstream/upstream-url.ts";
import { webSocketBridge } from "./websocket.ts";

/** Forwards requests and WebSockets to an upstream, and its answers to the client. */
export const proxy = routeKind({
  name: "proxy",
  methods: "any",
  needsUser: false,
  settings: PROXY_SETTINGS,
  place: ({ host, methods, max_size, allow_encoded }) => ({
    ...(methods && { methods }),
    hosts: host && host.map((name) => hostName(name) ?? name),
    maxSize: max_size,
    allowsEncoded: allow_encoded,
  }),
  create: proxyHandler,
});

function proxyHandler(
  options: Values<typeof PROXY_SETTINGS> & RouteValues,
  { proto, upstreams, tokenFrom, opened }: Services,
): Handler {
  const url = urlOf(options.proxy);
  const upstreamOptions: UpstreamOptions = {
    url,
    tls: { ca: options.tls?.ca ?? null, insecure: options.tls?.insecure ?? false },
    connectTimeout: options.connect_timeout * 1000,
    timeout: options.timeout === null ? null : options.timeout * 1000,
  };
  const { limit } = upstreams;
  const forward = forwarding(upstreams.to(upstreamOptions), options.idle_timeout, limit, opened);
  const bridge = webSocketBridge(upstreamOptions, limit, opened);
  const carriers = options.token_from ? carriersOf(options.token_from) : tokenFrom;
  const credentials = carrierRemover(options.keep_credentials ? [] : carriers);
  const linesOf = requestHeaders(requestHeaderOptions(options, url.authority), credentials.isCarrier);
  const targetOptions = { prefix: url.path, stripped: options.strip_prefix ? segmentsOf(options.path) : 0 };
  return (request, exchange, withdrawn) => {
    const refused = refusedRequest(request, exchange);
    if (refused !== null) return refused;
    const { headers } = request;
    const { user } = exchange;
    const { peer, isTrustedPeer, requestId } = exchange.client();
    const lines = linesOf(headers, {
      user: user?.name ?? null,
      tokenId: user?.tokenId ?? null,
      scopes: user?.scopes ?? null,
      peer,
      isTrustedPeer,
      requestId,
      proto,
      host: headers.get("host"),
    });
    const target = targetOf(targetOptions, exchange.path, credentials.fromTarget(queryOf(request.url)));
    if (!VISIBLE.test(target)) return TARGET_INVALID;
    // Last, because only what follows is sure to leave the limit again.
    if (!limit.enter(exchange.user !== null)) return BUSY;
    const pass = isHandshake(request) ? bridge : forward;
    return pass(request, exchange, target, lines, withdrawn);
  };
}

/** Why a request can't be forwarded, or null. */
function refusedRequest({ headers }: Request, { method, received }: Exchange): Refusal | null {
  switch (method) {
    case "TRACE":
    case "CONNECT":
      return METHOD_REFUSED;
    case "GET":
    case "HEAD": {
      // Bun 1.4.5 does not show their content, and the upstream would act on an incomplete request.
      return received > 0 || headers.has("transfer-encoding") ? CONTENT_UNEXPECTED : null;
    }
    default:
      return null;
  }
}

function urlOf(text: string): UpstreamUrl {
  const url = upstreamUrl(text);
  // The setting has been checked.
  if ("problem" in url) throw new Error(`the upstream ${url.problem}`);
  return url;
}

/** The number of segments of a route's path, the `*` of a folder not counted. */
function segmentsOf(path: string): number {
  return path.split("/").length - (path.endsWith("/*") ? 2 : 1);
}

/**
 * The characters of a target. Without a valid Host, Bun 1.4.5 does not escape the query but decodes it as UTF-8. Written as
 * Latin-1, one of its characters could become a line break in the head that the upstream receives.
 */
const VISIBLE = /^[!-~]+$/;
const TARGET_INVALID = refusal("request_invalid", "Invalid request target", { Connection: "close" });
const BUSY = refusal("upstream_busy", "Too many requests in progress", { "Retry-After": "1" });
const CONTENT_UNEXPECTED = refusal("request_invalid", "Unexpected content", { Connection: "close" });
const METHOD_REFUSED = refusal("method_not_allowed", "Method not allowed", {
  Allow: FORWARDED_METHODS.join(", "),
});
