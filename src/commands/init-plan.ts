import type { UpstreamUrl } from "../upstream/upstream-url.ts";

/** A config that `init` writes, and a request to try it with. */
export interface InitPlan {
  /** The settings of server.http before its token store, and after it. */
  readonly before: object;
  readonly after: object;
  readonly scheme: string;
  readonly url: string;
  /** A note about the request, in brackets; may be empty. */
  readonly hint: string;
}

/** A config that answers at /ping. */
export function answeringPlan(): InitPlan {
  const before = { host: HOST, port: PORT, request_max_size: 1048576 };
  return { before, after: {}, scheme: "Token", url: `http://${HOST}:${PORT}/ping`, hint: "" };
}

/** A config that forwards every request to an upstream. */
export function forwardingPlan(proxy: string, upstream: UpstreamUrl): InitPlan {
  const port = upstream.port === PORT ? OTHER_PORT : PORT;
  const path = upstream.path.endsWith("/v1") ? "/models" : "/v1/models";
  return {
    before: { host: HOST, port, auth_scheme: ["Token", "Bearer"] },
    after: { routes: [{ path: "/*", proxy, max_size: 32 * 1024 * 1024 }] },
    scheme: "Bearer",
    url: `http://${HOST}:${port}${path}`,
    hint: ` (${path} stands for any path of the upstream)`,
  };
}

/** The text of the config, with the tokens in a file beside it. */
export function configText({ before, after }: InitPlan): string {
  const log = { level: [{ logger: "server_logger", level: "INFO" }] };
  const http = { ...before, token_store: `sqlite:${STORE_FILE}`, ...after };
  return `${JSON.stringify({ server: { http }, log }, null, 2)}\n`;
}

/** The name of the file with the tokens. */
export const STORE_FILE = "tokens.db";

const HOST = "127.0.0.1";
const PORT = 8000;
/** Used if the upstream has `PORT`, as vLLM does by default. */
const OTHER_PORT = 8080;
