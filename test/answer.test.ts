import { describe, expect, test } from "bun:test";
import { answer } from "../src/answer.ts";
import type { Handler } from "../src/http/handler.ts";
import { refusal } from "../src/http/refusal.ts";
import type { Observation } from "../src/observations/observation.ts";
import { refused, whole } from "./send.ts";

const FAULT = refused(500, "Internal server error", { connection: "close" });

function observed(handler: Handler) {
  const seen: Observation[] = [];
  const serve = answer(
    handler,
    new Set(["/x"]),
    (observation) => void seen.push(observation),
    () => 0,
  );
  return { seen, send: async () => await serve(new Request("http://localhost/x?secret")) };
}

describe("answer()", () => {
  const faults: [string, () => unknown, string][] = [
    ["undefined", () => undefined, "undefined"],
    ["null", () => null, "null"],
    ["a string", () => "yes", "string"],
    ["an object", () => ({ status: 200 }), "object"],
    ["true", () => true, "boolean"],
    ["a promise of undefined", async () => undefined, "undefined"],
    ["an error response", () => Response.error(), "a used or failed response"],
  ];
  test.each(faults)("makes a 500 of a handler that gives %s", async (_, handler, named) => {
    const { seen, send } = observed(handler as Handler);
    expect(await whole(await send())).toEqual(FAULT);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ kind: "failed", status: 500, exchange: { path: "/x" } });
    expect(String((seen[0] as { fault: unknown }).fault)).toContain(named);
  });

  test("makes a 500 of a response that was sent already", async () => {
    const used = new Response("x");
    await used.text();
    const { seen, send } = observed(() => used);
    expect(await whole(await send())).toEqual(FAULT);
    expect(seen).toMatchObject([{ kind: "failed" }]);
  });

  const throws: [string, Handler][] = [
    [
      "an error that is thrown",
      () => {
        throw new Error("the cause");
      },
    ],
    [
      "an error that is thrown later",
      async () => {
        throw new Error("the cause");
      },
    ],
    [
      "a refusal that is thrown",
      () => {
        throw refusal("token_unknown", "the cause");
      },
    ],
    [
      "a response that is thrown",
      () => {
        throw new Response("the cause");
      },
    ],
    [
      "null that is thrown",
      () => {
        throw null;
      },
    ],
  ];
  test.each(throws)("makes a 500 of %s and shows nothing of it", async (_, handler) => {
    const { seen, send } = observed(handler);
    expect(await whole(await send())).toEqual(FAULT);
    expect(seen).toMatchObject([{ kind: "failed", status: 500 }]);
  });

  test("makes a response of a refusal and keeps its cause to itself", async () => {
    const { seen, send } = observed(() =>
      refusal("credentials_missing", "No", { "WWW-Authenticate": "Token" }).because("the cause"),
    );
    expect(await whole(await send())).toEqual(refused(401, "No", { "www-authenticate": "Token" }));
    expect(seen).toMatchObject([{ kind: "refused", status: 401, refusal: { cause: "the cause" } }]);
  });

  test("observes the path of a route and no other", async () => {
    const seen: Observation[] = [];
    const serve = answer(
      () => new Response("x"),
      new Set(["/x"]),
      (one) => void seen.push(one),
      () => 0,
    );
    await serve(new Request("http://localhost/x?secret"));
    await serve(new Request("http://localhost/secret"));
    expect(seen).toMatchObject([{ exchange: { path: "/x" } }, { exchange: { path: "(unknown path)" } }]);
  });

  test("stays synchronous where the handler does", () => {
    const serve = answer(
      () => new Response("x"),
      new Set(),
      () => {},
      () => 0,
    );
    expect(serve(new Request("http://localhost/"))).toBeInstanceOf(Response);
  });

  test("tells how long the handler took", async () => {
    const times = [5, 12];
    const seen: Observation[] = [];
    const serve = answer(
      async () => new Response("x"),
      new Set(),
      (one) => void seen.push(one),
      () => times.shift() ?? NaN,
    );
    await serve(new Request("http://localhost/"));
    expect(seen).toMatchObject([{ kind: "answered", milliseconds: 7 }]);
  });
});
