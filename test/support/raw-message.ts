import type { Ending, Found, RawConnection, Reader } from "./raw-connection.ts";

/** The head of an HTTP/1.1 message, as it came. */
export interface RawHead {
  /** Every byte, the empty line at its end included. */
  readonly bytes: string;
  /** The request line or the status line. */
  readonly start: string;
  /** The lines of the fields, in their order. */
  readonly lines: readonly string[];
  /** The values of the field lines with this name, in any case. */
  values(name: string): string[];
}

/** A whole message. */
export interface RawMessage extends RawHead {
  /** How the end of the content is found. */
  readonly framing: "length" | "chunked" | "close" | "none";
  /** The content without its framing. */
  readonly content: string;
}

/** Finds the head of a message. */
export const head: Reader<RawHead> = (received) => {
  const end = received.indexOf("\r\n\r\n");
  if (end === -1) return null;
  const bytes = received.slice(0, end + 4);
  const [start = "", ...lines] = bytes.slice(0, -4).split("\r\n");
  const values = (name: string) =>
    lines
      .filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
      .map((line) => line.slice(name.length + 1).trim());
  return { value: { bytes, start, lines, values }, length: bytes.length };
};

/** Takes the content that belongs to the head of a request. */
export async function requestContent(from: RawConnection, of: RawHead, patience?: number): Promise<string> {
  const [length] = of.values("content-length");
  if (of.values("transfer-encoding").length > 0) return await from.take(chunked, patience);
  return length === undefined ? "" : await from.take(sized(Number(length)), patience);
}

/** Takes the answer to a request of this method; informational ones before it are left out. */
export async function answer(from: RawConnection, method = "GET"): Promise<RawMessage> {
  const found = await from.take(head);
  const status = statusOf(found);
  if (status >= 100 && status < 200) return await answer(from, method);
  if (method === "HEAD" || status === 204 || status === 304) {
    return { ...found, framing: "none", content: "" };
  }
  const [length] = found.values("content-length");
  if (found.values("transfer-encoding").length > 0) {
    return { ...found, framing: "chunked", content: await from.take(chunked) };
  }
  if (length !== undefined) {
    return { ...found, framing: "length", content: await from.take(sized(Number(length))) };
  }
  return { ...found, framing: "close", content: await from.take(toTheEnd) };
}

/** Sends one request over a connection of its own, and takes its answer. */
export async function ask(client: RawConnection, request: string): Promise<RawMessage> {
  client.write(request);
  const given = await answer(client, request.slice(0, request.indexOf(" ")));
  client.reset();
  return given;
}

/** The status of an answer. */
export function statusOf({ start }: RawHead): number {
  return Number(start.split(" ")[1]);
}

const sized =
  (length: number): Reader<string> =>
  (received) =>
    received.length < length ? null : { value: received.slice(0, length), length };

/** Content that is over only when the connection is. */
const toTheEnd = (received: string, ending: Ending | null): Found<string> | null =>
  ending === "ended" ? { value: received, length: received.length } : null;

/** Chunks without extensions and trailers. */
const chunked: Reader<string> = (received) => {
  let content = "";
  for (let at = 0; ;) {
    const line = /^([0-9a-f]+)\r\n/i.exec(received.slice(at, at + 20));
    if (line === null) return null;
    const size = Number.parseInt(String(line[1]), 16);
    const start = at + line[0].length;
    const end = start + size + 2;
    if (received.length < end) return null;
    content += received.slice(start, end - 2);
    if (size === 0) return { value: content, length: end };
    at = end;
  }
};
