import { LIMITS } from "../../limits.ts";

/**
 * Passes on an event stream. If the first event does not come at once, sends a comment before it.
 *
 * Bun 1.4.5 sends the end of a head only with the first bytes of content, so until the first event a client would not know
 * that the stream is open. A comment changes no event. A byte order mark is only allowed at the start, so after a comment
 * it is removed (HTML, "Server-sent events").
 */
export function eventStream(content: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = content.getReader();
  let first: ReturnType<typeof reader.read> | null = null;
  let state: "opening" | "commented" | "open" = "opening";
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const reading = first ?? reader.read();
        if (state === "opening") {
          first = reading;
          const delay = Bun.sleep(LIMITS.eventStreamDelay).then(() => null);
          if ((await Promise.race([reading, delay])) === null) {
            state = "commented";
            return controller.enqueue(COMMENT);
          }
        }
        const { done, value } = await reading;
        first = null;
        const isMarked = state === "commented" && value !== undefined && startsWithMark(value);
        state = "open";
        if (done) controller.close();
        else controller.enqueue(isMarked ? value.subarray(MARK.length) : value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

function startsWithMark(bytes: Uint8Array): boolean {
  return MARK.every((byte, at) => bytes[at] === byte);
}

const COMMENT = new TextEncoder().encode(":\n\n");
const MARK = [0xef, 0xbb, 0xbf];
