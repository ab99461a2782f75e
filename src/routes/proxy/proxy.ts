import { hostName } from "../../http/host.ts";
import { carrierRemover } from "../../http/carrier.ts";
import type { Context, Handler } from "../../http/handler.ts";
import { METHODS } from "../../http/methods.ts";
import { queryOf } from "../../http/query.ts";
import { refusal, type Refusal } from "../../http/refusal.ts";
import type { Values } from "../../schema/schema.ts";
import { routeKind, type Services } from "../route-kind.ts";
import type { RouteValues } from "../route-settings.ts";
import { carriersOf } from "../token-settings.ts";
import { forwarding } from "./forwarding.ts";
import { isHandshake } from "./handshake.ts";
import { requestHeaderOptions } from "./header-settings.ts";
import { PROXY_SETTINGS } from "./proxy-settings.ts";
import { requestHeaders } from "./request-headers.ts";
import { targetOf } from "./target.ts";
import { upstream, type UpstreamOptions } from "./upstream.ts";
import { upstreamUrl, type UpstreamUrl } from "./upstream-url.ts";
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
  { proto, upstreams, tokenFrom }: Services,
): Handler {
  const url = urlOf(options.proxy);
  const to: UpstreamOptions = {
    url,
    tls: { ca: options.tls?.ca ?? null, insecure: options.tls?.insecure ?? false },
    connectTimeout: options.connect_timeout * 1000,
    timeout: options.timeout === null ? null : options.timeout * 1000,
  };
  const forward = forwarding(
    upstream(to, upstreams.burstLimit),
    { idle: options.idle_timeout },
    upstreams.limit,
  );
  const bridge = webSocketBridge(to, upstreams.limit);
  const prepare = requestHeaders(requestHeaderOptions(options, url.authority));
  const carriers = options.token_from ? carriersOf(options.token_from) : tokenFrom;
  const credentials = carrierRemover(options.keep_credentials ? [] : carriers);
  const target = { prefix: url.path, stripped: options.strip_prefix ? segmentsOf(options.path) : 0 };
  return (request, exchange) => {
    const no = refusedRequest(request, exchange);
    if (no !== null) return no;
    // Reads headers that are changed below.
    const client = exchange.client();
    const isSocket = isHandshake(request);
    // Bun reads those of a handshake again when it upgrades.
    const headers = isSocket ? new Headers(request.headers) : request.headers;
    credentials.fromHeaders(headers);
    prepare(headers, {
      user: exchange.user?.name ?? null,
      tokenId: exchange.user?.tokenId ?? null,
      scopes: exchange.user?.scopes ?? null,
      ...client,
      proto,
      host: request.headers.get("host"),
    });
    const at = targetOf(target, exchange.path, credentials.fromTarget(queryOf(request.url)));
    // Last, because only what follows is sure to leave it again.
    if (!upstreams.limit.enter(exchange.user !== null)) return BUSY;
    return isSocket ? bridge(request, exchange, at, headers) : forward(request, exchange, at);
  };
}

/** Why a request can't be forwarded, or null. */
function refusedRequest({ headers }: Request, { method }: Context): Refusal | null {
  switch (method) {
    case "TRACE":
    case "CONNECT":
      return METHOD_REFUSED;
    case "GET":
    case "HEAD": {
      // Bun 1.4.5 would drop their content, and the upstream would act on an incomplete request.
      const declared = headers.get("content-length");
      const isEmpty = (declared === null || Number(declared) === 0) && !headers.has("transfer-encoding");
      return isEmpty ? null : CONTENT_UNEXPECTED;
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

const BUSY = refusal("upstream_busy", "Too many requests in progress", { "Retry-After": "1" });
const CONTENT_UNEXPECTED = refusal("request_invalid", "Unexpected content", { Connection: "close" });
const METHOD_REFUSED = refusal("method_not_allowed", "Method not allowed", {
  Allow: METHODS.filter((method) => method !== "TRACE" && method !== "CONNECT").join(", "),
});
