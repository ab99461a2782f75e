import { expect, test } from "bun:test";
import { upload } from "../../../src/routes/proxy/upload.ts";
import { exchangeOf } from "../../support/exchange.ts";

/** The upload of content with a declared length, and the turns in their order. */
function made(content: ReadableStream<Uint8Array> | null) {
  const headers = { "Content-Length": "5" };
  const request = new Request("http://gate.test/", { method: "POST", body: content, headers });
  const turns: string[] = [];
  const sending = upload(request, exchangeOf({ method: "POST" }), {
    client: () => void turns.push("client"),
    upstream: () => void turns.push("upstream"),
  });
  return { sending, turns, reader: sending?.content.getReader() };
}

test("upload() has nothing for a request without content", () => {
  expect(made(null).sending).toBeNull();
});

test("upload() reads a piece when it is asked for, and says whose turn it is", async () => {
  const pieces = ["ab", "cde"].map((text) => new TextEncoder().encode(text));
  const { sending, turns, reader } = made(
    new ReadableStream(
      {
        pull(controller) {
          const piece = pieces.shift();
          if (piece) controller.enqueue(piece);
          else controller.close();
        },
      },
      { highWaterMark: 0 },
    ),
  );
  expect([sending?.state, turns]).toEqual(["open", []]);
  expect((await reader?.read())?.value).toHaveLength(2);
  expect([sending?.state, turns]).toEqual(["open", ["client", "upstream"]]);
  await reader?.read();
  expect((await reader?.read())?.done).toBeTrue();
  expect([sending?.state, turns.length, turns.at(-1)]).toEqual(["complete", 6, "upstream"]);
});

test("upload() is broken where the content is, and passes on the fault", async () => {
  const { sending, turns, reader } = made(
    new ReadableStream({
      pull() {
        throw new Error("the client sent no more");
      },
    }),
  );
  await expect(reader?.read()).rejects.toThrow("the client sent no more");
  expect([sending?.state, turns]).toEqual(["broken", ["client"]]);
});

test("upload() that is cancelled cancels its source, whose end is none of the content", async () => {
  const cancelled = Promise.withResolvers<unknown>();
  const asked = Promise.withResolvers<void>();
  const { sending, turns, reader } = made(
    new ReadableStream<Uint8Array>(
      {
        pull: () => (asked.resolve(), new Promise<void>(() => {})),
        cancel(reason) {
          cancelled.resolve(reason);
          throw new Error("it can't be cancelled");
        },
      },
      { highWaterMark: 0 },
    ),
  );
  const pending = reader?.read();
  await asked.promise;
  await reader?.cancel("enough");
  expect(await cancelled.promise).toBe("enough");
  expect((await pending)?.done).toBeTrue();
  expect([sending?.state, turns]).toEqual(["open", ["client"]]);
});

test("upload() frees a piece when the next is asked for, but no part of a larger buffer", async () => {
  const shared = new Uint8Array(8);
  const pieces = [new Uint8Array(4), shared.subarray(0, 4), new Uint8Array(4)];
  const left = [...pieces];
  const { reader } = made(
    new ReadableStream(
      {
        pull(controller) {
          const piece = left.shift();
          if (piece) controller.enqueue(piece);
          else controller.close();
        },
      },
      { highWaterMark: 0 },
    ),
  );
  const sizes = () => pieces.map(({ byteLength }) => byteLength);
  await reader?.read();
  expect(sizes()).toEqual([4, 4, 4]);
  await reader?.read();
  expect(sizes()).toEqual([0, 4, 4]);
  await reader?.read();
  expect(sizes()).toEqual([0, 4, 4]);
  expect((await reader?.read())?.done).toBeTrue();
  expect([...sizes(), shared.byteLength]).toEqual([0, 4, 0, 8]);
});
