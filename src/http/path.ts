/**
 * The path of `Request.url`, or null where there is none. Never throws, unlike `new URL(request.url)`, which a
 * client can make throw by its Host header.
 *
 * Bun 1.4.5 resolves dot segments before we see them, except where the Host header is missing or invalid: then
 * `request.url` is the raw target, and is normalised here.
 */
export function pathOf(url: string): string | null {
  if (url.startsWith("/")) return URL.parse(`http://localhost${url}`)?.pathname ?? null;
  const start = url.indexOf("/", 8);
  if (start === -1) return null;
  for (let end = start; end < url.length; end += 1) {
    const code = url.charCodeAt(end);
    if (code === QUESTION_MARK || code === HASH) return url.slice(start, end);
  }
  return url.slice(start);
}

const QUESTION_MARK = 0x3f;
const HASH = 0x23;
