import { describe, expect, test } from "bun:test";
import { LIMITS } from "../../../src/limits.ts";
import type { Connection } from "../../../src/upstream/connection.ts";
import { Upload } from "../../../src/routes/proxy/upload.ts";

/** A connection whose writes drain at once, or only when the test says so. */
class FakeConnection {
  isSlow = false;
  text = "";
  #wake: (() => void) | null = null;
  #waits = Promise.withResolvers<void>();

  write(bytes: Uint8Array): void {
    this.text += Buffer.from(bytes).toString("latin1");
  }

  written(): Promise<void> | null {
    if (!this.isSlow) return null;
    this.#waits.resolve();
    return new Promise((resolve) => (this.#wake = resolve));
  }

  /** Waits until the upload waits for it. */
  async isAwaited(): Promise<void> {
    await this.#waits.promise;
    this.#waits = Promise.withResolvers();
  }

  drain(): void {
    this.#wake?.();
  }
}

/** An upload of content that is read piece by piece, and the turns in their order. */
function made(content: ReadableStream<Uint8Array>, isChunked = false) {
  const connection = new FakeConnection();
  const upload = new Upload(content, isChunked);
  const turns: string[] = [];
  const send = () =>
    upload.send(connection as unknown as Connection, {
      client: () => void turns.push("client"),
      upstream: () => void turns.push("upstream"),
    });
  return { connection, upload, turns, send };
}

function contentOf(...pieces: Uint8Array[]): ReadableStream<Uint8Array> {
  const left = [...pieces];
  return new ReadableStream(
    {
      pull(controller) {
        const piece = left.shift();
        if (piece) controller.enqueue(piece);
        else controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

const bytes = (text: string) => new TextEncoder().encode(text);
const LARGE = "x".repeat(LIMITS.smallContent + 1);

describe("Upload.send()", () => {
  test.each([
    ["of no content", [], "", "0\r\n\r\n"],
    ["of one piece", ["ab"], "ab", "2\r\nab\r\n0\r\n\r\n"],
    [
      "of several",
      ["ab", "0123456789abcdef"],
      "ab0123456789abcdef",
      "2\r\nab\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n",
    ],
    ["of a large one", [LARGE, "z"], `${LARGE}z`, `4001\r\n${LARGE}\r\n1\r\nz\r\n0\r\n\r\n`],
  ])("sends content %s as it is, or in chunks", async (_, pieces, plain, chunked) => {
    for (const [isChunked, text] of [
      [false, plain],
      [true, chunked],
    ] as const) {
      const { connection, upload, turns, send } = made(contentOf(...pieces.map(bytes)), isChunked);
      expect([upload.state, turns]).toEqual(["open", []]);
      await send();
      expect([connection.text === text, upload.state]).toEqual([true, "complete"]);
      const each = Array.from({ length: pieces.length + 1 }, () => ["client", "upstream"]);
      expect(turns).toEqual(each.flat());
    }
  });

  test("reads a piece once the one before is written, and reports whose turn it is", async () => {
    const { connection, upload, turns, send } = made(contentOf(bytes("ab"), bytes("c")));
    connection.isSlow = true;
    const sent = send();
    await connection.isAwaited();
    expect([connection.text, turns, upload.state]).toEqual(["ab", ["client", "upstream"], "open"]);
    connection.drain();
    await connection.isAwaited();
    expect([connection.text, turns.length, upload.state]).toEqual(["abc", 4, "open"]);
    connection.drain();
    await sent;
    expect([turns.length, turns.at(-1), upload.state]).toEqual([6, "upstream", "complete"]);
  });

  test("is broken if the content breaks, and does not end it", async () => {
    let reads = 0;
    const content = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          reads += 1;
          if (reads > 1) throw new Error("the client sent no more");
          controller.enqueue(bytes("ab"));
        },
      },
      { highWaterMark: 0 },
    );
    const { connection, upload, turns, send } = made(content, true);
    await send();
    expect([connection.text, upload.state]).toEqual(["2\r\nab\r\n", "broken"]);
    expect(turns).toEqual(["client", "upstream", "client"]);
    // It stays so.
    upload.stop();
    expect(upload.state).toBe("broken");
  });

  test("frees a large piece once it is written, and no other", async () => {
    const size = LIMITS.freedPiece;
    const shared = new Uint8Array(size - 1);
    const pieces = [new Uint8Array(size), new Uint8Array(size - 1), shared.subarray(0, 4)];
    const sizes = () => pieces.map(({ byteLength }) => byteLength);
    const { connection, send } = made(contentOf(...pieces));
    connection.isSlow = true;
    const sent = send();
    await connection.isAwaited();
    expect(sizes()).toEqual([size, size - 1, 4]);
    for (let times = 0; times < 2; times += 1) {
      connection.drain();
      await connection.isAwaited();
      expect(sizes()).toEqual([0, size - 1, 4]);
    }
    connection.drain();
    await sent;
    expect([...sizes(), shared.byteLength]).toEqual([0, size - 1, 4, size - 1]);
    expect(connection.text).toHaveLength(2 * size + 3);
  });
});

describe("Upload.stop()", () => {
  test("cancels its source, and does not take that for the end of the content", async () => {
    const cancelled = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const { connection, upload, turns, send } = made(
      new ReadableStream<Uint8Array>(
        {
          pull: () => (asked.resolve(), new Promise<void>(() => {})),
          cancel() {
            cancelled.resolve();
            throw new Error("it can't be cancelled");
          },
        },
        { highWaterMark: 0 },
      ),
      true,
    );
    const sent = send();
    await asked.promise;
    upload.stop();
    upload.stop();
    await cancelled.promise;
    await sent;
    expect([upload.state, turns, connection.text]).toEqual(["open", ["client"], ""]);
  });

  test("sends nothing more while a piece is being written", async () => {
    const { connection, upload, turns, send } = made(contentOf(bytes("ab"), bytes("c")), true);
    connection.isSlow = true;
    const sent = send();
    await connection.isAwaited();
    upload.stop();
    connection.drain();
    await sent;
    expect([upload.state, turns, connection.text]).toEqual(["open", ["client", "upstream"], "2\r\nab\r\n"]);
  });

  test("changes nothing once the upload is broken or complete", async () => {
    const { connection, upload, send } = made(contentOf(bytes("ab")), true);
    await send();
    upload.stop();
    expect([upload.state, connection.text]).toEqual(["complete", "2\r\nab\r\n0\r\n\r\n"]);
  });

  test("before the first read sends nothing", async () => {
    const { connection, upload, send } = made(contentOf(bytes("ab")), true);
    upload.stop();
    await send();
    expect([upload.state, connection.text]).toEqual(["open", ""]);
  });
});
