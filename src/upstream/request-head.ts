/** The field that is added to frame the content of a request: Transfer-Encoding, a Content-Length of 0, or none. */
export type RequestFraming = "chunks" | "empty" | "none";

/** How to frame a request. A declared length is already one of its fields. */
export function requestFraming(method: string, hasContent: boolean, declared: string | null): RequestFraming {
  if (declared !== null) return "none";
  if (hasContent) return "chunks";
  return EXPECTS_CONTENT.has(method) ? "empty" : "none";
}

/**
 * The head of a request as the upstream receives it, in Latin-1. Nothing is escaped or checked here: the target must be
 * visible ASCII, and names and values come from Headers, which refuses line breaks, or from settings and records that their
 * own grammar has checked.
 */
export function requestHead(
  method: string,
  target: string,
  fieldLines: string,
  framing: RequestFraming,
): string {
  return `${method} ${target} HTTP/1.1\r\n${fieldLines}${FRAMING[framing]}`;
}

/** Whether a method is safe (RFC 9110 9.2.1). */
export function isSafe(method: string): boolean {
  return SAFE.has(method);
}

const SAFE: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "QUERY"]);
/** Methods that declare a length of 0 if they have no content (RFC 9110 8.6). */
const EXPECTS_CONTENT: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

const FRAMING = {
  chunks: "Transfer-Encoding: chunked\r\n\r\n",
  empty: "Content-Length: 0\r\n\r\n",
  none: "\r\n",
} satisfies Record<RequestFraming, string>;
