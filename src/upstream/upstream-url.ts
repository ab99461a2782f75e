import { hostName } from "../http/host.ts";
import { pathOf } from "../http/path.ts";

/** Where a proxy route forwards to. */
export interface UpstreamUrl {
  readonly protocol: "http" | "https";
  /** A name or an address to connect to, an IPv6 address without brackets; `localhost` for a Unix socket. */
  readonly host: string;
  readonly port: number;
  /** The absolute path of a Unix socket, or null. */
  readonly unix: string | null;
  /** The prefix of the path of every request, without a slash at its end: empty, or a normalised path. */
  readonly path: string;
  /** The Host header that names the upstream: without the default port, with the brackets of an IPv6 address. */
  readonly authority: string;
}

/** Why a string is not the URL of an upstream: completes "a string that ..." without showing the string. */
export interface UpstreamUrlProblem {
  readonly problem: string;
}

/**
 * Parses `http://host:port/path`, `https://...` or `unix:/path.sock`. The string may contain a password by mistake, so no
 * problem shows it.
 *
 * A URL parser repairs much, such as `http:/host` or a backslash. Whatever it would change is a problem here, so that the
 * upstream is the one that was written. The path of a Unix socket can't contain a colon, which ends the path in a
 * `ws+unix:` URL (Bun 1.4.5).
 */
export function upstreamUrl(text: string): UpstreamUrl | UpstreamUrlProblem {
  const start = /^(?:(https?):\/\/|unix:(?=\/))/.exec(text);
  if (!start) return { problem: 'doesn\'t start with "http://", "https://" or "unix:/"' };
  const rest = text.slice(start[0].length);
  if (/[^!-~]/.test(rest)) return { problem: "contains white space or characters other than visible ASCII" };
  if (rest.includes("#")) return { problem: "contains a fragment" };
  if (rest.includes("?")) return { problem: "contains a query" };
  if (start[1] === undefined) return unixSocket(rest);
  const slash = rest.indexOf("/");
  const authority = slash === -1 ? rest : rest.slice(0, slash);
  if (authority.includes("@")) return { problem: "contains a user name or a password" };
  const protocol = start[1] === "https" ? "https" : "http";
  const url = hostName(authority) === null ? null : URL.parse(`${protocol}://${authority}`);
  const port = Number(url?.port || DEFAULT_PORTS[protocol]);
  if (!url || port === 0) return { problem: "has an invalid host or port" };
  const path = rest.slice(authority.length);
  if (path !== "" && pathOf(path) !== path) {
    return { problem: "has an ambiguous path" };
  }
  return {
    protocol,
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port,
    unix: null,
    path: path.endsWith("/") ? path.slice(0, -1) : path,
    authority: url.host,
  };
}

function unixSocket(text: string): UpstreamUrl | UpstreamUrlProblem {
  const unix = text.replace(/^\/\/(?=\/)/, "");
  if (unix.startsWith("//")) return { problem: "names a host before the path of its Unix socket" };
  if (unix.includes(":")) return { problem: "has a colon in the path of its Unix socket" };
  if (unix.endsWith("/")) return { problem: "names a folder, not a Unix socket" };
  return { protocol: "http", host: "localhost", port: 80, unix, path: "", authority: "localhost" };
}

const DEFAULT_PORTS = { http: 80, https: 443 };
