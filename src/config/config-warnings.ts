import { isAddress, proxyTest } from "../http/network.ts";
import { LIMITS } from "../limits.ts";
import { tokenWeakness, WEAKNESS_TEXTS } from "../tokens/weak-token.ts";
import { certificateExpiry, rsaBits } from "../schema/pem.ts";
import type { Config } from "./config.ts";
import type { ListenOptions } from "../listen/listen-options.ts";
import type { JsonText } from "../json/parse-json.ts";
import type { Report } from "../schema/problem.ts";
import { typeAt, type ResolvedReference } from "../schema/schema.ts";
import { hasSecret, maskPasswords } from "../schema/secrets.ts";
import { SETTINGS } from "./settings.ts";

/** Options for `configWarnings`. */
export interface WarningOptions {
  readonly config: Config;
  readonly json: JsonText;
  readonly resolved: readonly ResolvedReference[];
  /** The permission bits of the config file; null where it is no regular file. */
  readonly mode: number | null;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Reports what can be served and may still be a mistake. Returns the number of weak tokens that it does not report,
 * because no message would show them.
 */
export function configWarnings(options: WarningOptions, report: Report): number {
  const { config, json } = options;
  const warnListener = (listen: ListenOptions, name: "http" | "admin") => {
    const at = (setting: string) => ["server", name, setting];
    if (listen.unix) {
      for (const setting of ["host", "port"])
        if (json.valueAt(at(setting)) !== undefined)
          report({ path: at(setting), text: `has no effect beside server.${name}.unix` });
    } else if (!isLoopback(listen.host)) {
      if (name === "admin") report({ path: at("host"), text: ADMIN_EXPOSED });
      else if (listen.tls === null) report({ path: at("host"), text: PLAIN_TEXT });
      if (listen.http2) report({ path: at("http2"), text: HTTP2_EXPOSED });
    }
  };
  warnListener(config.listen, "http");
  if (config.admin) warnListener(config.admin, "admin");
  warnStore(options, report);
  warnFiles(options, report);
  warnCertificates(options, report);
  return warnTokens(options, report);
}

function warnTokens({ config: { tokens, tokenStore } }: WarningOptions, report: Report): number {
  if (tokens.tokens.length === 0 && tokenStore === null)
    report({ path: TOKENS, text: "is empty, so every request that needs a token is refused" });
  let weak = 0;
  tokens.tokens.forEach((entry, index) => {
    // A digest does not show whether its token can be guessed.
    if (typeof entry !== "string" && !("token" in entry)) return;
    const weakness = tokenWeakness(typeof entry === "string" ? entry : entry.token);
    if (weakness === null) return;
    weak += 1;
    if (weak > LIMITS.configProblems) return;
    const path = [...TOKENS, index, ...(typeof entry === "string" ? [] : ["token"])];
    report({ path, text: WEAKNESS_TEXTS[weakness] });
  });
  return Math.max(0, weak - LIMITS.configProblems);
}

function warnStore({ config: { tokenStore } }: WarningOptions, report: Report): void {
  if (tokenStore?.kind !== "postgres") return;
  const { hostname, searchParams } = new URL(tokenStore.url);
  // Without a host it is a Unix socket.
  const host = hostname.replace(/^\[|\]$/g, "");
  const isVerified = searchParams.get("sslmode") === "verify-full";
  if (host !== "" && !isLoopback(host) && !isVerified) report({ path: STORE, text: UNVERIFIED });
}

/** Others are neither the owner of a file nor in its group. */
function warnFiles({ json, resolved, mode }: WarningOptions, report: Report): void {
  const tokens = json.valueAt(TOKENS);
  const routeList = typeAt(SETTINGS, ROUTES);
  const hasHeader = routeList !== undefined && hasSecret(routeList, json.valueAt(ROUTES));
  // Who can write the file decides which tokens are accepted; who can read it matters if it contains a secret itself.
  const hasToken = Array.isArray(tokens) && tokens.some(isSecretInFile);
  const store = json.valueAt(STORE);
  const hasPassword = typeof store === "string" && maskPasswords(store) !== store;
  const own = mode === null ? null : accessOf(mode, hasToken || hasHeader || hasPassword);
  if (own !== null) report({ path: [], text: `can be ${own} by other users; run chmod o-rw on it` });
  for (const { path, source, mode } of resolved) {
    const isSecret = typeAt(SETTINGS, path)?.secret === true && path.at(-1) !== "sha256";
    const access = mode === null ? null : accessOf(mode, isSecret);
    if (access !== null)
      report({
        path,
        text: ["is in ", source, `, which can be ${access} by other users; run chmod o-rw on it`],
      });
  }
}

/** Whether an entry gives its reader a token; a digest does not. */
function isSecretInFile(entry: unknown): boolean {
  const token = typeof entry === "string" ? entry : (entry as { readonly token?: unknown }).token;
  return typeof token === "string" && tokenWeakness(token) !== "example";
}

function accessOf(mode: number, isSecret: boolean): string | null {
  const can = [isSecret && mode & 0o004 ? "read" : "", mode & 0o002 ? "written" : ""].filter(Boolean);
  return can.length === 0 ? null : can.join(" and ");
}

function warnCertificates({ config: { listen }, now }: WarningOptions, report: Report): void {
  if (listen.tls === null) return;
  const { cert, key, clientCa } = listen.tls;
  for (const [name, pem] of [
    ["cert", cert],
    ["client_ca", clientCa],
  ] as const) {
    if (pem === null) continue;
    const expiry = certificateExpiry(pem);
    if (expiry > now + LIMITS.certificateNotice) continue;
    const day = new Date(expiry).toISOString().slice(0, 10);
    const text = `${expiry < now ? "expired" : "expires"} on ${day}; renew it`;
    report({ path: ["server", "http", "tls", name], text });
  }
  const bits = rsaBits(key);
  if (bits !== null && bits < 2048) {
    const text = `is an RSA key of ${bits} bits; use one of at least 2048`;
    report({ path: ["server", "http", "tls", "key"], text });
  }
}

/** Whether only programs of this machine can reach a host. No name is looked up. */
function isLoopback(host: string): boolean {
  if (/^127(\.\d+){3}$|^::1$|^(.+\.)?localhost\.?$/i.test(host)) return true;
  return isAddress(host) && proxyTest(["127.0.0.0/8", "::1"])(host);
}

const TOKENS = ["server", "http", "allowed_tokens"];
const STORE = ["server", "http", "token_store"];
const ROUTES = ["server", "http", "routes"];
const PLAIN_TEXT =
  "is not a loopback address, so tokens cross the network in plain text; set server.http.tls or put a TLS proxy in front";
const UNVERIFIED =
  "names a PostgreSQL server whose certificate is not verified, so another machine can pose as it and let tokens in; end the URL with ?sslmode=verify-full";
const ADMIN_EXPOSED =
  "is not a loopback address, so anyone who reaches it can read health and metrics without a token; use 127.0.0.1 or a Unix socket";
const HTTP2_EXPOSED =
  "is on and the host is not a loopback address: HTTP/2 clients can hold more than HTTP/1.1 ones; put a proxy in front";
