import { describe, expect, test } from "bun:test";
import { sizeGuard } from "../../src/guards/size-guard.ts";
import type { Handler } from "../../src/http/handler.ts";
import { LIMITS } from "../../src/limits.ts";
import { Refusal, refusal } from "../../src/http/refusal.ts";
import { StreamedResponse } from "../../src/http/streamed-response.ts";
import { contextOf } from "../support/exchange.ts";

const context = contextOf("/", "POST");
const reads: Handler = async (request) => new Response(String((await request.text()).length));
const ignores: Handler = () => new Response("ignored");

function chunked(...chunks: string[]) {
  return new Request("http://localhost/", {
    method: "POST",
    headers: { "Transfer-Encoding": "chunked" },
    body: new ReadableStream({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
        controller.close();
      },
    }),
  });
}

function declared(length: string, method = "POST") {
  return new Request("http://localhost/", { method, headers: { "Content-Length": length } });
}

/** What is answered, with the headers that the guard adds. */
async function guarded(request: Request, handler: Handler, maxSize = 10) {
  const context = contextOf("/", request.method);
  const given = await sizeGuard({ maxSize })(request, context, handler);
  const added = Object.fromEntries(context.headers ?? []);
  if (!(given instanceof Refusal)) return { text: await given.text(), close: added["Connection"] ?? null };
  const { code, status, text, headers } = given;
  return { code, status, text, headers: { ...headers, ...added } };
}

const TOO_LARGE = {
  code: "content_too_large",
  status: 413,
  text: "Content too large",
  headers: {},
} as const;
const ENDLESS = { ...TOO_LARGE, headers: { Connection: "close" } } as const;

describe("sizeGuard()", () => {
  test("hands on a request without content, untouched", async () => {
    const request = new Request("http://localhost/");
    let seen: Request | undefined;
    await sizeGuard({ maxSize: 0 })(request, context, (one) => ((seen = one), new Response()));
    expect(seen).toBe(request);
  });

  test("hands on a declared length of exactly the limit, untouched", async () => {
    const request = declared("10");
    let seen: Request | undefined;
    await sizeGuard({ maxSize: 10 })(request, context, (one) => ((seen = one), new Response()));
    expect(seen).toBe(request);
  });

  test("ends an answer that began before the content crossed the limit", async () => {
    const answer = new StreamedResponse(new ReadableStream());
    const crosses: Handler = async (request) => {
      await request.text().catch(() => {});
      return answer;
    };
    expect(await guarded(chunked("12345", "678901"), crosses)).toEqual(ENDLESS);
    expect(await answer.ended).toEqual({ kind: "aborted", sent: 0 });
  });

  test("reads nothing more of content that has crossed the limit", async () => {
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(8)),
      cancel: () => void (cancelled = true),
    });
    const headers = { "Transfer-Encoding": "chunked" };
    const endless = new Request("http://localhost/", { method: "POST", body, headers });
    expect(await guarded(endless, reads)).toEqual(ENDLESS);
    expect(cancelled).toBeTrue();
  });

  test("counts the content of HTTP/2, which comes with neither header", async () => {
    const stream = (text: string) =>
      new Request("http://localhost/", { method: "POST", body: new Blob([text]).stream() });
    expect(await guarded(stream("x".repeat(10)), reads)).toEqual({ text: "10", close: null });
    expect(await guarded(stream("x".repeat(11)), reads)).toEqual(ENDLESS);
  });

  test.each(["11", "011", String(10 + LIMITS.discardedContent)])(
    "refuses a declared length of %s over the limit, and keeps the connection",
    async (length) => {
      expect(await guarded(declared(length), ignores)).toEqual(TOO_LARGE);
    },
  );

  test.each([String(11 + LIMITS.discardedContent), "99999999999999999999999999"])(
    "refuses a declared length of %s far over the limit, and closes the connection",
    async (length) => {
      expect(await guarded(declared(length), ignores)).toEqual(ENDLESS);
    },
  );

  test.each(["GET", "HEAD", "DELETE", "OPTIONS"])(
    "refuses a declared length over the limit with %s too",
    async (method) => {
      expect(await guarded(declared("11", method), ignores)).toEqual(TOO_LARGE);
    },
  );

  test.each(["5, 5", "", "x", "-1", "1e1", "0x5", "NaN", "5 5"])(
    "refuses the length %p that is not one number",
    async (length) => {
      expect(await guarded(declared(length), ignores)).toEqual({
        code: "length_invalid",
        status: 400,
        text: "Invalid content-length header",
        headers: { Connection: "close" },
      });
    },
  );

  test("lets chunked content of exactly the limit be read, and keeps the connection", async () => {
    expect(await guarded(chunked("12345", "67890"), reads)).toEqual({ text: "10", close: null });
  });

  test("refuses the byte that crosses the limit", async () => {
    expect(await guarded(chunked("12345", "67890", "1"), reads)).toEqual(ENDLESS);
  });

  test("never hands a handler more than the limit", async () => {
    let size = 0;
    const handler: Handler = async (request) => {
      for await (const chunk of request.body ?? []) size += chunk.byteLength;
      return new Response();
    };
    expect(await guarded(chunked("12345", "678901"), handler)).toEqual(ENDLESS);
    expect(size).toBe(5);
  });

  test("refuses content over the limit even where the handler makes an answer of the broken read", async () => {
    const swallows: Handler = async (request) => new Response(await request.text().catch(() => "fine"));
    expect(await guarded(chunked("12345678901"), swallows)).toEqual(ENDLESS);
  });

  test("lets a fault that is not of its making through", async () => {
    const fault = new Error("another");
    const throws: Handler = () => {
      throw fault;
    };
    await expect(guarded(chunked("1"), throws)).rejects.toBe(fault);
  });

  test("closes the connection where chunked content was not read", async () => {
    expect(await guarded(chunked("1"), ignores)).toEqual({ text: "ignored", close: "close" });
  });

  test("closes the connection where chunked content was read in part", async () => {
    const part: Handler = async (request) => {
      await request.body?.getReader().read();
      return new Response("part");
    };
    expect(await guarded(chunked("1", "2"), part)).toEqual({ text: "part", close: "close" });
  });

  test("stops reading where the handler has had enough", async () => {
    let cancelled: unknown;
    const body = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(1)),
      cancel: (reason) => void (cancelled = reason),
    });
    const headers = { "Transfer-Encoding": "chunked" };
    const request = new Request("http://localhost/", { method: "POST", headers, body });
    const enough: Handler = async (counted) => {
      await counted.body?.cancel("enough");
      return new Response("enough");
    };
    expect(await guarded(request, enough)).toEqual({ text: "enough", close: "close" });
    expect(cancelled).toBe("enough");
  });

  test("closes the connection where a refusal leaves chunked content", async () => {
    const no = refusal("credentials_missing", "No", { "WWW-Authenticate": "Token" });
    expect(await guarded(chunked("1"), () => no)).toEqual({
      code: "credentials_missing",
      status: 401,
      text: "No",
      headers: { "WWW-Authenticate": "Token", Connection: "close" },
    });
    expect(no.headers).toEqual({ "WWW-Authenticate": "Token" });
  });

  test("closes the connection of a GET with chunked content, which no handler can see", async () => {
    const request = new Request("http://localhost/", { headers: { "Transfer-Encoding": "chunked" } });
    expect(request.body).toBeNull();
    expect(await guarded(request, ignores)).toEqual({ text: "ignored", close: "close" });
  });

  test("refuses a GET with chunked content whose answer is not there at once", async () => {
    const request = new Request("http://localhost/", { headers: { "Transfer-Encoding": "chunked" } });
    expect(await guarded(request, () => new Promise(() => {}))).toEqual({
      code: "request_invalid",
      status: 400,
      text: "Unexpected content",
      headers: { Connection: "close" },
    });
    const fails = async () => {
      throw new Error("later");
    };
    expect(await guarded(request, fails)).toMatchObject({ status: 400 });
  });

  test("keeps method, headers and abort signal of a counted request", async () => {
    const cancel = new AbortController();
    const request = new Request(chunked("1"), {
      signal: cancel.signal,
      headers: { "Transfer-Encoding": "chunked", A: "b" },
    });
    let aborted = 0;
    await guarded(request, async (counted) => {
      expect([counted.method, counted.url, counted.headers.get("a")]).toEqual([
        "POST",
        "http://localhost/",
        "b",
      ]);
      counted.signal.addEventListener("abort", () => (aborted += 1));
      cancel.abort();
      return new Response(await counted.text());
    });
    expect(aborted).toBe(1);
  });

  test.each([-1, 1.5, NaN, Infinity])("can't be made with a limit of %p", (maxSize) => {
    expect(() => sizeGuard({ maxSize })).toThrow(RangeError);
  });
});
