import { LIMITS } from "../../limits.ts";

/**
 * Passes on a stream of events. If the first does not come at once, a comment goes ahead of it.
 *
 * Bun 1.4.5 ends the head of an answer only with the first bytes of its content, so a client would not know that the
 * stream is open until the first event. A comment line changes no event; a byte order mark, which may only come first, is
 * left out after it (HTML, "Server-sent events").
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
          const late = Bun.sleep(LIMITS.eventStreamDelay).then(() => null);
          if ((await Promise.race([reading, late])) === null) {
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
