import { HOP_BY_HOP, isEndToEnd, namedByConnection } from "../http/hop-by-hop.ts";
import { fieldLines, type FieldLines } from "./field-lines.ts";
import { UpstreamError } from "./upstream-error.ts";

/** Where the content of an answer ends (RFC 9112 6.3). */
export type AnswerFraming = "none" | "length" | "chunks" | "connection";

/** The head of an upstream's answer. */
export interface AnswerHead {
  readonly status: number;
  /**
   * Names as they were sent, and values. Without the fields of the connection, those that Connection names, and the length
   * of content that follows.
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
 * Parses the head of an answer to a request with this method: all bytes up to the empty line, as Latin-1. Returns null for
 * an informational one, after which another follows.
 *
 * The lines of small servers may end with LF alone, but then all of them do: in a head of both kinds, a value with a stray
 * LF would be read as several fields.
 *
 * Throws `invalid_answer` for whatever two programs could read differently: bytes that are no head, folded lines, two
 * lengths, a length with chunks, and any coding but `chunked`, which the client, who does not receive the field, could not
 * decode (RFC 9112 2.2, 5.2 and 6.3).
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
  // Bun 1.4.5 declares the length of content itself.
  if (framing === "none" && length !== null) fields.push(["Content-Length", length]);
  // What an answer without content declares is no content that could follow, except for HEAD and 304 (RFC 9110 8.6).
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
      // Chunks of HTTP/1.0 are not to be relied on (RFC 9112 6.1).
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

/** Most names that mean nothing here differ in their length already. */
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
  // As most servers write them, so that they need no other spelling.
  ["Connection", "connection"],
  ["Transfer-Encoding", "coding"],
  ["Content-Length", "length"],
  ["Content-Type", "type"],
]);
const PART_LENGTHS: ReadonlySet<number> = new Set([...PARTS.keys()].map(({ length }) => length));

/** Statuses whose answers have no content, whatever their length says (RFC 9110 15.3.5, 15.3.6 and 15.4.5). */
const WITHOUT_CONTENT: ReadonlySet<number> = new Set([204, 205, 304]);

const STATUS_LINE = /^HTTP\/1\.[01] [1-9]\d\d(?: [\t\x20-\x7e\x80-\xff]*)?\r?\n/;
