/**
 * The field line that frames the content of a request; empty if it needs none. A declared length is already one of its
 * field lines.
 */
export function framingLine(method: string, hasContent: boolean, declared: string | null): string {
  if (declared !== null) return "";
  if (hasContent) return "Transfer-Encoding: chunked\r\n";
  return EXPECTS_CONTENT.has(method) ? "Content-Length: 0\r\n" : "";
}

/**
 * The head of a request as the upstream receives it, in Latin-1. Nothing is escaped or checked here: the target must be
 * visible ASCII, and names and values come from Headers, which refuses line breaks, or from settings and records that their
 * own grammar has checked.
 */
export function requestHead(method: string, target: string, fieldLines: string): string {
  return `${method} ${target} HTTP/1.1\r\n${fieldLines}\r\n`;
}

/** Methods that declare a length of 0 if they have no content (RFC 9110 8.6). */
const EXPECTS_CONTENT: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);
