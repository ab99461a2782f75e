/**
 * Returns the normalised path of `Request.url`, or null if it has none or if it is ambiguous. Never throws, unlike
 * `new URL(request.url)`, which throws for some Host headers.
 *
 * Bun 1.4.5 resolves dot segments and escapes characters before a handler runs, unless the Host header is missing
 * or invalid: then `request.url` holds the raw target. So a path that a URL parser might change goes through one; all
 * others are a slice of the URL.
 *
 * Ambiguous are `//` and `;`, an encoded slash, backslash, semicolon, percent sign or control character, and
 * percent-encoding that is not UTF-8: some servers decode them and others don't, so one of them could take a closed path
 * for an excluded one.
 *
 * If the path equals `last`, it is that string: one cut out anew has to be copied and hashed before a Map can find it,
 * which takes 2 % of a small request (Bun 1.4.5).
 */
export function pathOf(url: string, last = ""): string | null {
  const start = startOfPath(url);
  if (start === -1) return null;
  let isLast = true;
  let at = start;
  for (; at < url.length; at += 1) {
    const code = url.charCodeAt(at);
    const kind = KINDS[code];
    if (kind === END) break;
    const isHarmless =
      kind === PLAIN || (kind === AFTER_SEGMENT && (at === start || url.charCodeAt(at - 1) !== SLASH));
    if (!isHarmless) return normalPath(url, start);
    if (code !== last.charCodeAt(at - start)) isLast = false;
  }
  return isLast && last.length === at - start ? last : url.slice(start, at);
}

/** The offset of the path, or -1: the target of CONNECT is a host and has no path. */
function startOfPath(url: string): number {
  if (url.startsWith("/")) return 0;
  return url.startsWith("http://") || url.startsWith("https://") ? url.indexOf("/", 8) : -1;
}

function normalPath(url: string, start: number): string | null {
  const path = URL.parse(start === 0 ? `http://localhost${url}` : url)?.pathname;
  return path === undefined || AMBIGUOUS.test(path) || !isDecodable(path) ? null : path;
}

/** A path that is ambiguous, and the same one decoded. */
export interface EncodedPath {
  readonly path: string;
  /** Fully decoded; parameters of segments, as in `/a;x=1/b`, are left out. */
  readonly decoded: string;
  /** The folder of the segment that is the first to be ambiguous, with its slash: `/a/` of `/a/b%2fc`. */
  readonly folder: string;
}

/**
 * Returns a path that `pathOf` refuses, if only an encoded slash, semicolon or percent sign, or a `;`, makes it ambiguous.
 * However often a server decodes it, it has no empty or dot segment, no backslash and no control character. A server may
 * drop parameters before or after it decodes, so none of them contains an encoded slash: `/a;x%2fb/c` would be `/a/c` to
 * one server and `/a/b/c` to another. Null for any other path.
 */
export function encodedPathOf(url: string): EncodedPath | null {
  const start = startOfPath(url);
  if (start === -1) return null;
  const path = URL.parse(start === 0 ? `http://localhost${url}` : url)?.pathname;
  if (path === undefined) return null;
  if (!isDecodable(path)) return null;
  let decoded = path;
  for (let round = 0; round < DECODING_ROUNDS; round += 1) {
    const before = decoded;
    if (UNSAFE.test(before) || UNSAFE.test(withoutPathParameters(before))) return null;
    decoded = decodedPath(before);
    if (withoutPathParameters(decodedPath(withoutPathParameters(before))) !== withoutPathParameters(decoded))
      return null;
    if (decoded === before)
      return { path, decoded: withoutPathParameters(decoded), folder: clearFolder(path) };
  }
  return null;
}

/**
 * A path with its percent-encoded ASCII decoded, so that `/%61` and `/a` lead to the same route; the rest of the encoding
 * is in upper case (RFC 3986 6.2.2). What is not valid percent-encoding stays as it is.
 */
export function decodedPath(path: string): string {
  return path.replace(/%[0-9a-f]{2}/gi, (encoded) => {
    const code = Number.parseInt(encoded.slice(1), 16);
    return code < 0x80 ? String.fromCharCode(code) : encoded.toUpperCase();
  });
}

/** The part of an ambiguous path that every server reads the same way. */
function clearFolder(path: string): string {
  return path.slice(0, path.lastIndexOf("/", path.search(AMBIGUOUS)) + 1);
}

function withoutPathParameters(path: string): string {
  return path.replace(/;[^/]*/g, "");
}

/** Whether all percent-encoded bytes are UTF-8, which has one form for each character (RFC 3629 3). */
function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/** Whether a string can be the path of a route: a path that `pathOf` can return, or a folder of such paths with `/*`. */
export function isRoutePath(text: string): boolean {
  const folder = text.endsWith("/*") ? text.slice(0, -1) : text;
  return folder.startsWith("/") && !folder.includes("*") && pathOf(`http://localhost${folder}`) === folder;
}

const AMBIGUOUS = /\/\/|;|%(?:2f|5c|3b|25|7f|[01][0-9a-f])/i;
/** What no form of an encoded path may have: an empty or dot segment, a backslash or a control character. */
const UNSAFE = /\/\/|(?:^|\/)\.{1,2}(?:\/|$)|\\|[\x00-\x1f\x7f]/;
/** How often a path may be encoded. */
const DECODING_ROUNDS = 4;
const SLASH = 0x2f;
const PLAIN = 1;
const END = 2;
/** Harmless, unless it follows a slash. */
const AFTER_SEGMENT = 3;
/**
 * The kinds of ASCII characters in a path. Any other may be ambiguous or changed by a parser. With URLs that differ
 * from request to request the table takes 10 to 30 ns less than a regular expression (Bun 1.4.5).
 */
const KINDS = new Uint8Array(128);
for (const plain of "!$&'()*+,-0123456789:=@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]_abcdefghijklmnopqrstuvwxyz~") {
  KINDS[plain.charCodeAt(0)] = PLAIN;
}
for (const end of "?#") KINDS[end.charCodeAt(0)] = END;
for (const after of "./") KINDS[after.charCodeAt(0)] = AFTER_SEGMENT;
