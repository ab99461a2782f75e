import type { IncomingMessage } from "node:http";
import { LIMITS } from "../../limits.ts";
import { headersOf } from "./dial-websocket.ts";

/**
 * The answer with which an upstream refuses a WebSocket, or null if Bun can't send its status. At most
 * `LIMITS.socketRefusalSize` of its content, and what arrives within `time` milliseconds.
 */
export async function socketRefusal(
  response: IncomingMessage,
  time: number = LIMITS.socketRefusalTime,
): Promise<Response | null> {
  const status = response.statusCode ?? 0;
  const content = await readContent(response, time);
  if (status < 200 || status > 599) return null;
  const headers = headersOf(response);
  return new Response(content.length === 0 || NO_CONTENT.has(status) ? null : content, { status, headers });
}

async function readContent(response: IncomingMessage, time: number): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Buffer[] = [];
  let size = 0;
  const timer = setTimeout(() => response.destroy(), time);
  try {
    for await (const part of response as AsyncIterable<Buffer>) {
      parts.push(part);
      size += part.length;
      if (size >= LIMITS.socketRefusalSize) break;
    }
  } catch {
    // Cut off by the upstream or by the timer. The status is passed on all the same.
  }
  clearTimeout(timer);
  return new Uint8Array(Buffer.concat(parts)).subarray(0, LIMITS.socketRefusalSize);
}

/** A Response with these can't have content. */
const NO_CONTENT: ReadonlySet<number> = new Set([204, 205, 304]);
