/** The field that frames the content of a request: chunks, a length of 0, or none besides those that it has. */
export type RequestFraming = "chunks" | "empty" | "none";

/** How a request is framed whose declared length, if it has one, is one of its fields. */
export function requestFraming(method: string, hasContent: boolean, declared: string | null): RequestFraming {
  if (declared !== null) return "none";
  if (hasContent) return "chunks";
  return EXPECTS_CONTENT.has(method) ? "empty" : "none";
}

/**
 * The head of a request as an upstream receives it, in Latin-1. It is not checked again: the target is visible ASCII, names
 * and values come from Headers, which refuses line breaks, or from settings and records with a grammar of their own.
 */
export function requestHead(
  method: string,
  target: string,
  fieldLines: string,
  framing: RequestFraming,
): string {
  return `${method} ${target} HTTP/1.1\r\n${fieldLines}${FRAMING[framing]}`;
}

/** Whether a method does nothing but read (RFC 9110 9.2.1). */
export function isSafe(method: string): boolean {
  return SAFE.has(method);
}

const SAFE: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "QUERY"]);
/** Methods whose requests declare that they have no content (RFC 9110 8.6). */
const EXPECTS_CONTENT: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

const FRAMING = {
  chunks: "Transfer-Encoding: chunked\r\n\r\n",
  empty: "Content-Length: 0\r\n\r\n",
  none: "\r\n",
} satisfies Record<RequestFraming, string>;
