import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { answer } from "../../src/answer.ts";
import { identify } from "../../src/http/client.ts";
import type { Handler } from "../../src/http/handler.ts";
import { StreamedResponse } from "../../src/http/streamed-response.ts";
import { startListener, type Listener } from "../../src/listen/listener.ts";
import type { Observation } from "../../src/observations/observation.ts";
import { leadTo } from "../support/endpoint.ts";
import { listenOn } from "../support/seed-config.ts";
import { KEEP_ALIVE } from "../support/send.ts";

/** What a test holds of the content that is on its way. */
interface Source {
  send(bytes: number): void;
  end(): void;
  fail(): void;
  readonly cancelled: Promise<void>;
}

let source: Source;
let cut: () => void;
let next: PromiseWithResolvers<Observation>;
let observed: Observation[];
let listener: Listener;

const streams: Handler = () => {
  const cancelled = Promise.withResolvers<void>();
  const content = new ReadableStream<Uint8Array>({
    start(controller) {
      source = {
        send: (bytes) => controller.enqueue(new Uint8Array(bytes)),
        end: () => controller.close(),
        fail: () => controller.error(new Error("the source broke")),
        cancelled: cancelled.promise,
      };
      controller.enqueue(new Uint8Array(10));
    },
    cancel: () => cancelled.resolve(),
  });
  const response = new StreamedResponse(content, { status: 201, headers: { "X-Kind": "streamed" } });
  cut = () => response.cut();
  return response;
};

beforeAll(async () => {
  const serve = answer(leadTo(streams), {
    observe(observation) {
      observed.push(observation);
      next.resolve(observation);
    },
    clock: { elapsed: () => performance.now() },
    identify: identify([], false),
    requestId: false,
    errorFormat: "simple",
    keepAlive: KEEP_ALIVE,
    maxWaiting: null,
  });
  listener = await startListener(listenOn(), serve, () => {});
});
afterAll(async () => void (await listener.stop(0)));

/** Requests the stream, and resolves to the answer once its first bytes have arrived. */
async function asked(init: RequestInit = {}) {
  observed = [];
  next = Promise.withResolvers();
  const response = await fetch(listener.url, init);
  const reader = response.body?.getReader();
  const first = await reader?.read();
  return { response, reader, first };
}

describe("a StreamedResponse", () => {
  test("is observed when its content was sent, not before", async () => {
    const { response, reader, first } = await asked();
    expect([response.status, response.headers.get("x-kind"), first?.value?.length]).toEqual([
      201,
      "streamed",
      10,
    ]);
    source.send(5);
    expect((await reader?.read())?.value?.length).toBe(5);
    expect(observed).toEqual([]);
    source.end();
    expect(await next.promise).toMatchObject({
      kind: "answered",
      status: 201,
      exchange: { sent: 15, aborted: false },
    });
    expect(observed).toHaveLength(1);
  });

  test("is observed as aborted where the client leaves, and cancels its source", async () => {
    const leave = new AbortController();
    await asked({ signal: leave.signal });
    expect(observed).toEqual([]);
    leave.abort();
    expect(await next.promise).toMatchObject({
      kind: "answered",
      status: 201,
      exchange: { sent: 10, aborted: true },
    });
    await source.cancelled;
    expect(observed).toHaveLength(1);
  });

  test("is observed as failed where its source fails, and cuts the connection so that the client can tell", async () => {
    const { reader } = await asked();
    source.fail();
    const observation = await next.promise;
    expect(observation).toMatchObject({ kind: "failed", status: 201, exchange: { sent: 10 } });
    expect(String((observation as { fault: unknown }).fault)).toBe("Error: the source broke");
    expect(async () => await reader?.read()).toThrow();
  });

  test("is cut so that the client can tell, and cancels its source", async () => {
    const { reader } = await asked();
    cut();
    expect(await next.promise).toMatchObject({
      kind: "answered",
      status: 201,
      exchange: { sent: 10, aborted: false },
    });
    expect(async () => await reader?.read()).toThrow();
    await source.cancelled;
    cut();
    expect(observed).toHaveLength(1);
  });

  test("is observed at once for HEAD, which has no content", async () => {
    const { response } = await asked({ method: "HEAD" });
    expect(response.status).toBe(201);
    expect(await next.promise).toMatchObject({ kind: "answered", status: 201, exchange: { aborted: false } });
    await source.cancelled;
  });
});

test("a StreamedResponse that is cancelled ends where its source can't be cancelled", async () => {
  const content = new ReadableStream<Uint8Array>({
    cancel() {
      throw new Error("the source can't be cancelled");
    },
  });
  const response = new StreamedResponse(content);
  await response.body?.cancel();
  expect(await response.ended).toEqual({ kind: "aborted", sent: 0 });
});
