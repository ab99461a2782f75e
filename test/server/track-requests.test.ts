import { expect, test } from "bun:test";
import { StreamedResponse } from "../../src/http/streamed-response.ts";
import { trackRequests } from "../../src/server/track-requests.ts";
import { NO_CONNECTION } from "../support/exchange.ts";

const REQUEST = new Request("http://localhost/");

/** Whether a promise is pending after everything that could settle it has run. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const later = new Promise((resolve) => setImmediate(resolve, "pending"));
  return (await Promise.race([promise, later])) === "pending";
}

test("trackRequests() passes on the answer itself, at once where the handler does", async () => {
  const response = new Response("x");
  const late = Promise.resolve(response);
  const leaves: unknown[] = [];
  const tracked = trackRequests((_request, _connection, leave) => (leaves.push(leave), response));
  expect(tracked.serve(REQUEST, NO_CONNECTION, true)).toBe(response);
  expect(leaves).toEqual([true]);
  expect(trackRequests(() => late).serve(REQUEST, NO_CONNECTION)).toBe(late);
});

test("finished() resolves at once where no request is in progress", async () => {
  const { serve, finished } = trackRequests(() => new Response("x"));
  expect(await isPending(finished())).toBe(false);
  await serve(REQUEST, NO_CONNECTION);
  expect(await isPending(finished())).toBe(false);
});

test("finished() waits for every pending answer", async () => {
  const answers = [Promise.withResolvers<Response>(), Promise.withResolvers<Response>()];
  let asked = 0;
  const { serve, finished } = trackRequests(() => answers[asked++]?.promise ?? new Response());
  for (const _ of answers) void serve(REQUEST, NO_CONNECTION);
  const ends = [finished(), finished()] as const;
  answers[1]?.resolve(new Response());
  expect(await isPending(Promise.race(ends))).toBe(true);
  answers[0]?.resolve(new Response());
  expect(await isPending(Promise.all(ends))).toBe(false);
});

test.each(["at once", "later"])(
  "finished() waits for the end of a stream that is answered %s",
  async (when) => {
    const source = Promise.withResolvers<void>();
    const content = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await source.promise;
        controller.close();
      },
    });
    const response = new StreamedResponse(content);
    const { serve, finished } = trackRequests(() =>
      when === "later" ? Promise.resolve(response) : response,
    );
    const text = (await serve(REQUEST, NO_CONNECTION)).text();
    const end = finished();
    expect(await isPending(end)).toBe(true);
    source.resolve();
    expect(await text).toBe("");
    expect(await isPending(end)).toBe(false);
  },
);

test("finished() resolves where a handler rejects", async () => {
  const { serve, finished } = trackRequests(() => Promise.reject(new Error("a fault")));
  const answer = serve(REQUEST, NO_CONNECTION);
  expect(answer).rejects.toThrow("a fault");
  expect(await isPending(finished())).toBe(false);
});
