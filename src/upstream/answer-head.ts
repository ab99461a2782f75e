import { HOP_BY_HOP, isEndToEnd, namedByConnection } from "../http/hop-by-hop.ts";
import { fieldLines, type FieldLines } from "./field-lines.ts";
import { UpstreamError } from "./upstream-error.ts";

/** What ends the content of an answer, if it has any (RFC 9112 6.3). */
export type AnswerFraming = "none" | "length" | "chunks" | "connection";

/** The head of an upstream's answer. */
export interface AnswerHead {
  readonly status: number;
  /**
   * Names as they were sent, and values. The hop-by-hop fields are removed, those that Connection names included, and so is
   * the length if content follows.
   */
  readonly fields: FieldLines;
  readonly framing: AnswerFraming;
  /** The declared length; null if there is none. */
  readonly length: number | null;
  readonly type: string | null;
  readonly isEncoded: boolean;
  /** Whether the connection may stay open after the answer. */
  readonly persists: boolean;
}

/**
 * Parses the head of an answer to a request with this method: all bytes up to and including the empty line, as Latin-1.
 * Returns null for an informational answer, after which another head follows.
 *
 * All lines may end with a bare LF, as small servers send them. A head that mixes CRLF and LF is invalid: a value that
 * contains a bare LF would be read as several fields.
 *
 * Throws `invalid_answer` for whatever two parsers could read differently: a malformed head, folded lines, two lengths, or a
 * length beside Transfer-Encoding (RFC 9112 2.2, 5.2 and 6.3). Throws it for any coding but `chunked` too: the client does
 * not receive Transfer-Encoding, so it could not decode the content.
 */
export function answerHead(text: string, method: string): AnswerHead | null {
  if (!STATUS_LINE.test(text)) invalid();
  const isHttp11 = text.charAt(7) === "1";
  const status = Number(text.slice(9, 12));
  if (status === 101 || status > 599) invalid();
  const start = text.indexOf("\n") + 1;
  const all = fieldLines(text, start, text.charAt(start - 2) === "\r" ? "\r\n" : "\n") ?? invalid();
  let fields: FieldLines = [];
  let length: string | null = null;
  let coding: string | null = null;
  let connection: string | null = null;
  let type: string | null = null;
  let isEncoded = false;
  for (const field of all) {
    const [name, value] = field;
    switch (partOf(name)) {
      case "length":
        if (length !== null) invalid();
        length = value;
        continue;
      case "coding":
        coding = coding === null ? value : `${coding}, ${value}`;
        continue;
      case "connection":
        connection = connection === null ? value : `${connection}, ${value}`;
        continue;
      case "hop":
        continue;
      case "type":
        type = value;
        break;
      case "encoding":
        isEncoded = true;
    }
    fields.push(field);
  }
  if (status < 200) return null;
  if (coding === null ? length !== null && !isLength(length) : length !== null || !isChunked(coding))
    invalid();
  const named = namedByConnection(connection, isEndToEnd);
  if (named !== null) fields = fields.filter(([name]) => !named.has(name.toLowerCase()));
  const framing = framingOf(method, status, length, coding);
  // Where content follows, Bun 1.4.5 sets the length itself.
  if (framing === "none" && length !== null) fields.push(["Content-Length", length]);
  // Only HEAD and 304 may declare content that does not follow (RFC 9110 8.6). After any other such answer it might.
  const isExact =
    framing !== "none" || method === "HEAD" || status === 304 || !(Number(length) > 0 || coding);
  return {
    status,
    fields,
    framing,
    type,
    isEncoded,
    length: length === null ? null : Number(length),
    persists:
      isExact &&
      framing !== "connection" &&
      // The framing of chunks from HTTP/1.0 is not reliable (RFC 9112 6.1).
      (coding === null || isHttp11) &&
      persists(connection, isHttp11),
  };
}

function framingOf(
  method: string,
  status: number,
  length: string | null,
  coding: string | null,
): AnswerFraming {
  if (method === "HEAD" || WITHOUT_CONTENT.has(status)) return "none";
  if (coding !== null) return "chunks";
  return length === null ? "connection" : "length";
}

function persists(connection: string | null, isHttp11: boolean): boolean {
  if (connection === null) return isHttp11;
  if (connection === "keep-alive") return true;
  const options = connection.split(",").map((option) => option.trim().toLowerCase());
  return !options.includes("close") && (isHttp11 || options.includes("keep-alive"));
}

function isLength(value: string): boolean {
  return /^\d+$/.test(value) && Number(value) <= Number.MAX_SAFE_INTEGER;
}

function isChunked(coding: string): boolean {
  return coding.toLowerCase() === "chunked";
}

type Part = "length" | "coding" | "connection" | "hop" | "type" | "encoding" | "other";

/** What a field means here. The length alone rules out most names. */
function partOf(name: string): Part {
  if (!PART_LENGTHS.has(name.length)) return "other";
  return PARTS.get(name) ?? PARTS.get(name.toLowerCase()) ?? "other";
}

function invalid(): never {
  throw new UpstreamError("invalid_answer");
}

const PARTS: ReadonlyMap<string, Part> = new Map<string, Part>([
  ...HOP_BY_HOP.map((name) => [name, "hop"] as const),
  ["connection", "connection"],
  ["transfer-encoding", "coding"],
  ["content-length", "length"],
  ["content-type", "type"],
  ["content-encoding", "encoding"],
  // As most servers spell them, to save converting them to lower case.
  ["Connection", "connection"],
  ["Transfer-Encoding", "coding"],
  ["Content-Length", "length"],
  ["Content-Type", "type"],
]);
const PART_LENGTHS: ReadonlySet<number> = new Set([...PARTS.keys()].map(({ length }) => length));

/** Statuses whose answers have no content, whatever length they declare (RFC 9110 15.3.5, 15.3.6 and 15.4.5). */
const WITHOUT_CONTENT: ReadonlySet<number> = new Set([204, 205, 304]);

const STATUS_LINE = /^HTTP\/1\.[01] [1-9]\d\d(?: [\t\x20-\x7e\x80-\xff]*)?\r?\n/;
