import { OpenResponse, type Ending } from "./open-response.ts";

/**
 * A response whose content is still to come. Its exchange is over when the content has ended. The source is read only as
 * fast as the client receives.
 *
 * With a plain Response of a stream nobody learns when it ends, and if its source throws, Bun 1.4.5 prints the error and
 * the URL of the source to standard error. A client that leaves, early or late, and a HEAD request cancel the content.
 */
export class StreamedResponse extends OpenResponse {
  readonly ended: Promise<Ending>;
  readonly #cut: () => void;

  /** `wasSent` is called after the last byte, while the idle time of the connection can still be set (Bun 1.4.5). */
  constructor(content: ReadableStream<Uint8Array>, init?: ResponseInit, wasSent: () => void = () => {}) {
    const { promise, resolve } = Promise.withResolvers<Ending>();
    const reader = content.getReader();
    let sent = 0;
    let passing: ReadableStreamDefaultController<Uint8Array> | null = null;
    const passed = new ReadableStream<Uint8Array>(
      {
        start(controller) {
          passing = controller;
        },
        async pull(controller) {
          try {
            const { done, value } = await reader.read();
            if (done) {
              wasSent();
              controller.close();
              resolve({ kind: "sent", sent });
            } else {
              sent += value.byteLength;
              controller.enqueue(value);
            }
          } catch (fault) {
            resolve({ kind: "failed", sent, fault });
            controller.error(fault);
          }
        },
        cancel(reason) {
          resolve({ kind: "aborted", sent });
          // A source that can't be cancelled must not end the process.
          reader.cancel(reason).catch(() => {});
        },
      },
      { highWaterMark: 0 },
    );
    super(passed, init);
    this.ended = promise;
    this.#cut = () => {
      resolve({ kind: "cut", sent });
      passing?.error(new Error("cut off"));
      reader.cancel().catch(() => {});
    };
  }

  override cut(): void {
    this.#cut();
  }
}
