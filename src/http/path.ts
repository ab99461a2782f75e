/**
 * The path of `Request.url`, normalised, or null where there is none. Never throws, unlike
 * `new URL(request.url)`, which a client can make throw by its Host header.
 *
 * Bun 1.4.5 resolves dot segments and escapes characters before we see them, except where the Host header is
 * missing or invalid: then `request.url` holds the raw target. So a path that a URL parser might change is given
 * to one; the others, nearly all, are only cut out.
 */
export function pathOf(url: string): string | null {
  const start = url.startsWith("/") ? 0 : url.indexOf("/", 8);
  if (start === -1) return null;
  for (let at = start; at < url.length; at += 1) {
    const sign = SIGNS[url.charCodeAt(at)];
    if (sign === PLAIN) continue;
    if (sign === END) return url.slice(start, at);
    // A dot matters only where it begins a segment.
    if (sign !== DOT || url.charCodeAt(at - 1) === SLASH) return normalPath(url, start);
  }
  return url.slice(start);
}

function normalPath(url: string, start: number): string | null {
  return URL.parse(start === 0 ? `http://localhost${url}` : url)?.pathname ?? null;
}

const SLASH = 0x2f;
const PLAIN = 1;
const END = 2;
const DOT = 3;
/** What each ASCII character is in a path; what is not in the table a parser might change. */
const SIGNS = new Uint8Array(128);
for (const plain of "/!$&'()*+,-0123456789:;=@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]_abcdefghijklmnopqrstuvwxyz~") {
  SIGNS[plain.charCodeAt(0)] = PLAIN;
}
for (const end of "?#") SIGNS[end.charCodeAt(0)] = END;
SIGNS[".".charCodeAt(0)] = DOT;
