/**
 * The path of `Request.url`, normalised, or null where there is none or where it could mean two things. Never
 * throws, unlike `new URL(request.url)`, which a client can make throw by its Host header.
 *
 * Bun 1.4.5 resolves dot segments and escapes characters before we see them, except where the Host header is
 * missing or invalid: then `request.url` holds the raw target. So a path that a URL parser might change is given
 * to one; the others, nearly all, are only cut out.
 *
 * Two things mean `//` and `;`, an encoded slash, backslash, semicolon, percent sign or control character, and what is
 * not the percent-encoding of UTF-8: one server takes them for what they encode, the next one does not, and between the
 * two an excluded path becomes another one.
 */
export function pathOf(url: string): string | null {
  const start = startOfPath(url);
  if (start === -1) return null;
  for (let at = start; at < url.length; at += 1) {
    const sign = SIGNS[url.charCodeAt(at)];
    if (sign === PLAIN) continue;
    if (sign === END) return url.slice(start, at);
    // A dot and a slash matter only behind a slash.
    const first = at === start || url.charCodeAt(at - 1) !== SLASH;
    if ((sign === DOT && first) || (sign === PARTING && first)) continue;
    return normalPath(url, start);
  }
  return url.slice(start);
}

/** The offset of the path, or -1: the target of CONNECT is a host and has none, whatever comes behind it. */
function startOfPath(url: string): number {
  if (url.startsWith("/")) return 0;
  return url.startsWith("http://") || url.startsWith("https://") ? url.indexOf("/", 8) : -1;
}

function normalPath(url: string, start: number): string | null {
  const path = URL.parse(start === 0 ? `http://localhost${url}` : url)?.pathname;
  return path === undefined || AMBIGUOUS.test(path) || !isDecodable(path) ? null : path;
}

/** Whether all that is percent-encoded is UTF-8, which has one form for each character (RFC 3629 3). */
function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether a text can be the path of a route: a path that `pathOf` can give, exact or, where it ends in `/*`, that
 * of all below a folder.
 */
export function isRoutePath(text: string): boolean {
  const folder = text.endsWith("/*") ? text.slice(0, -1) : text;
  return folder.startsWith("/") && !folder.includes("*") && pathOf(`http://localhost${folder}`) === folder;
}

const AMBIGUOUS = /\/\/|;|%(?:2f|5c|3b|25|7f|[01][0-9a-f])/i;
const SLASH = 0x2f;
const PLAIN = 1;
const END = 2;
const DOT = 3;
const PARTING = 4;
/** What each ASCII character is in a path; what is not in the table a parser might change, or it is ambiguous. */
const SIGNS = new Uint8Array(128);
for (const plain of "!$&'()*+,-0123456789:=@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]_abcdefghijklmnopqrstuvwxyz~") {
  SIGNS[plain.charCodeAt(0)] = PLAIN;
}
for (const end of "?#") SIGNS[end.charCodeAt(0)] = END;
SIGNS[".".charCodeAt(0)] = DOT;
SIGNS["/".charCodeAt(0)] = PARTING;
