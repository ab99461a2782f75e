import { isAddress, proxyTest } from "../http/network.ts";
import { LIMITS } from "../limits.ts";
import { tokenWeakness } from "../tokens/weak-token.ts";
import { certificateExpiry, rsaBits } from "../schema/pem.ts";
import type { Config } from "./config.ts";
import type { ListenOptions } from "../listen/listen-options.ts";
import type { Path } from "../json/parse-json.ts";
import type { Report } from "../schema/schema.ts";
import type { OutsideValues } from "../schema/references.ts";
import type { Given } from "./load-config.ts";
import { TOKENS } from "./problems.ts";

/** What a config is warned about by. */
export interface WarningOptions {
  readonly config: Config;
  readonly given: Given;
  readonly outside: OutsideValues["values"];
  /** The permission bits of the config file; null where it is no regular file. */
  readonly mode: number | null;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Reports what serves and may still be a mistake, without a secret. Returns how many weak tokens there are besides
 * those it reports, which are no more than are shown.
 */
export function configWarnings(options: WarningOptions, report: Report): number {
  const { config, given } = options;
  const warnListener = (listen: ListenOptions, name: "http" | "admin") => {
    const at = (setting: string) => ["server", name, setting];
    if (listen.unix) {
      for (const setting of ["host", "port"])
        if (given(at(setting)) !== undefined) report(at(setting), `has no effect beside server.${name}.unix`);
    } else if (!isLoopback(listen.host)) {
      if (name === "admin") report(at("host"), ADMIN_EXPOSED);
      else if (listen.tls === null) report(at("host"), PLAIN_TEXT);
      if (listen.http2) report(at("http2"), HTTP2_EXPOSED);
    }
  };
  warnListener(config.listen, "http");
  if (config.admin) warnListener(config.admin, "admin");
  warnFiles(options, report);
  warnCertificates(options, report);
  return warnTokens(options, report);
}

function warnTokens({ config: { tokens } }: WarningOptions, report: Report): number {
  if (tokens.tokens.length === 0) report(TOKENS, "is empty, so every request that needs a token is refused");
  let weak = 0;
  tokens.tokens.forEach((entry, index) => {
    const weakness = tokenWeakness(typeof entry === "string" ? entry : entry.token);
    if (weakness === null) return;
    weak += 1;
    if (weak > LIMITS.configProblems) return;
    report([...TOKENS, index, ...(typeof entry === "string" ? [] : ["token"])], WEAK[weakness]);
  });
  return Math.max(0, weak - LIMITS.configProblems);
}

/** Others are neither the owner of a file nor in its group. */
function warnFiles({ given, outside, mode }: WarningOptions, report: Report): void {
  const tokens = given(TOKENS);
  // Whoever may write the file decides who is let in; to read it matters where a secret stands in the file itself.
  const hasSecret = Array.isArray(tokens) && tokens.some(isSecretInFile);
  const own = mode === null ? null : accessOf(mode, hasSecret);
  if (own !== null) report([], `may be ${own} by other users; chmod o-rw FILE`);
  for (const { path, source, mode } of outside) {
    const access = mode === null ? null : accessOf(mode, !isPublic(path));
    if (access !== null)
      report(path, `is in ${source}, which may be ${access} by other users; chmod o-rw FILE`);
  }
}

function isSecretInFile(entry: unknown): boolean {
  const token = typeof entry === "string" ? entry : (entry as { readonly token?: unknown }).token;
  return typeof token === "string" && tokenWeakness(token) !== "example";
}

/** Whether what is read from outside for a setting may be known to everyone: all but tokens and the key. */
function isPublic(path: Path): boolean {
  return !TOKENS.every((key, index) => path[index] === key) && path.at(-1) !== "key";
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
    report(["server", "http", "tls", name], `${expiry < now ? "expired" : "expires"} on ${day}; renew it`);
  }
  const bits = rsaBits(key);
  if (bits !== null && bits < 2048)
    report(["server", "http", "tls", "key"], `is an RSA key of ${bits} bits; use one of at least 2048`);
}

/** Whether only programs of this machine can reach a host; a name is asked of nobody. */
function isLoopback(host: string): boolean {
  if (/^127(\.\d+){3}$|^::1$|^(.+\.)?localhost\.?$/i.test(host)) return true;
  return isAddress(host) && proxyTest(["127.0.0.0/8", "::1"])(host);
}

const RANDOM = "token-server init writes a random one";
const WEAK = {
  example: `is a public example; ${RANDOM}`,
  guessable: `can be guessed: it is short or has few different characters; ${RANDOM}`,
};
const PLAIN_TEXT =
  "is not a loopback address, so tokens cross the network in plain text; set server.http.tls or put a TLS proxy in front";
const ADMIN_EXPOSED =
  "is not a loopback address, so whoever reaches it reads health and metrics without a token; use 127.0.0.1 or a Unix socket";
const HTTP2_EXPOSED =
  "is on and the host is not a loopback address: HTTP/2 clients can hold more than HTTP/1.1 ones; put a proxy in front";
