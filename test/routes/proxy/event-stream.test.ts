import { describe, expect, test } from "bun:test";
import { eventStream } from "../../../src/routes/proxy/event-stream.ts";

/** A stream of events that a test feeds, and what comes of it. */
function made() {
  let controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  let cancelled: unknown = null;
  const source = new ReadableStream<Uint8Array>({
    start: (given) => void (controller = given),
    cancel: (reason) => void (cancelled = reason),
  });
  const reader = eventStream(source).getReader();
  const encoder = new TextEncoder();
  return {
    send: (text: string) => controller?.enqueue(encoder.encode(text)),
    end: () => controller?.close(),
    fail: (fault: Error) => controller?.error(fault),
    async next() {
      const { done, value } = await reader.read();
      return done ? null : new TextDecoder("utf-8", { ignoreBOM: true }).decode(value);
    },
    cancel: (reason: string) => reader.cancel(reason),
    cancelled: () => cancelled,
  };
}

const MARK = "\ufeff";

describe("eventStream()", () => {
  test("passes on what comes at once as it is, a byte order mark too", async () => {
    const { send, end, next } = made();
    send(`${MARK}data: 1\n\n`);
    expect(await next()).toBe(`${MARK}data: 1\n\n`);
    send("data: 2\n\n");
    expect(await next()).toBe("data: 2\n\n");
    end();
    expect(await next()).toBeNull();
  });

  test("sends one comment before a late first event", async () => {
    const { send, end, next } = made();
    expect(await next()).toBe(":\n\n");
    const second = next();
    send("data: 1\n\n");
    expect(await second).toBe("data: 1\n\n");
    const third = next();
    await Bun.sleep(20);
    send(`${MARK}data: 2\n\n`);
    expect(await third).toBe(`${MARK}data: 2\n\n`);
    end();
    expect(await next()).toBeNull();
  });

  test("leaves out a byte order mark after the comment, because it may only come first", async () => {
    const { send, next } = made();
    expect(await next()).toBe(":\n\n");
    send(`${MARK}data: 1\n\n`);
    expect(await next()).toBe("data: 1\n\n");
  });

  test.each(["at once", "after a comment"])("ends and fails %s where its source does", async (when) => {
    const [ended, failed] = [made(), made()];
    if (when !== "at once") expect([await ended.next(), await failed.next()]).toEqual([":\n\n", ":\n\n"]);
    ended.end();
    expect(await ended.next()).toBeNull();
    failed.fail(new Error("the source broke"));
    await expect(failed.next()).rejects.toThrow("the source broke");
  });

  test("is cancelled with its source, also while the first event is awaited", async () => {
    for (const state of ["opening", "commented"]) {
      const stream = made();
      if (state === "commented") await stream.next();
      const pending = stream.next();
      await stream.cancel("enough");
      expect(await pending).toBeNull();
      expect(stream.cancelled()).toBe("enough");
    }
    // The wait for a comment ends without a fault.
    await Bun.sleep(20);
  });
});
