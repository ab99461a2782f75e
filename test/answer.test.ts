import { describe, expect, test } from "bun:test";
import { answer as answerOf, type AnswerOptions } from "../src/answer.ts";
import type { FetchHandler, Handler } from "../src/http/handler.ts";
import { refusal } from "../src/http/refusal.ts";
import type { Observation } from "../src/observations/observation.ts";
import { clockOf } from "./support/clock.ts";
import { leadTo } from "./support/endpoint.ts";
import { KEEP_ALIVE, refused, whole } from "./support/send.ts";
import { clientOf, NO_CONNECTION } from "./support/exchange.ts";

const FAULT = refused(500, "Internal server error", { connection: "close" });

const OPTIONS: AnswerOptions = {
  observe: () => {},
  clock: clockOf(),
  identify: () => clientOf(null, "id1"),
  requestId: false,
  errorFormat: "simple",
  keepAlive: KEEP_ALIVE,
  maxWaiting: null,
};

function answer(handler: Handler, options: AnswerOptions): FetchHandler {
  return answerOf(leadTo(handler), options);
}

function observed(handler: Handler) {
  const seen: Observation[] = [];
  const serve = answer(handler, { ...OPTIONS, observe: (observation) => void seen.push(observation) });
  return { seen, send: async () => await serve(new Request("http://localhost/x?secret"), NO_CONNECTION) };
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
  test.each(faults)("answers 500 for a handler that returns %s", async (_, handler, named) => {
    const { seen, send } = observed(handler as Handler);
    expect(await whole(await send())).toEqual(FAULT);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ kind: "failed", status: 500, exchange: { route: "/x" } });
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

  test("makes a response of a refusal and does not show its cause", async () => {
    const { seen, send } = observed(() =>
      refusal("credentials_missing", "No", { "WWW-Authenticate": "Token" }).because(() => "the cause"),
    );
    expect(await whole(await send())).toEqual(refused(401, "No", { "www-authenticate": "Token" }));
    expect(seen).toMatchObject([{ kind: "refused", status: 401, refusal: { cause: "the cause" } }]);
  });

  test("observes the path of a route and no other", async () => {
    const seen: Observation[] = [];
    const serve = answer(() => new Response("x"), { ...OPTIONS, observe: (one) => void seen.push(one) });
    await serve(new Request("http://localhost/x?secret"), NO_CONNECTION);
    await serve(new Request("http://localhost/secret"), NO_CONNECTION);
    expect(seen).toMatchObject([{ exchange: { route: "/x" } }, { exchange: { route: null } }]);
  });

  test("stays synchronous where the handler does", () => {
    const serve = answer(() => new Response("x"), OPTIONS);
    expect(serve(new Request("http://localhost/"), NO_CONNECTION)).toBeInstanceOf(Response);
  });

  test("observes the client, and adds the id of the exchange to every answer", async () => {
    const seen: Observation[] = [];
    const asked: unknown[] = [];
    const handlers: Handler[] = [
      () => new Response("x"),
      () => refusal("token_unknown", "No"),
      () => {
        throw new Error("the cause");
      },
    ];
    for (const handler of handlers) {
      const serve = answer(handler, {
        ...OPTIONS,
        observe: (one) => void seen.push(one),
        requestId: true,
        identify: (_request, peer) => (asked.push(peer), clientOf("192.0.2.1", "id1")),
      });
      const request = new Request("http://localhost/x", { headers: { Authorization: "Token x" } });
      const response = await serve(request, {
        ...NO_CONNECTION,
        requestIP: () => ({ address: "127.0.0.1", port: 1 }),
      });
      expect(response.headers.get("x-request-id")).toBe("id1");
    }
    expect(asked).toEqual(["127.0.0.1", "127.0.0.1", "127.0.0.1"]);
    for (const one of seen) {
      const { exchange } = one as Extract<Observation, { exchange: unknown }>;
      expect(exchange.client()).toEqual(clientOf("192.0.2.1", "id1"));
      expect(Bun.inspect(exchange)).not.toContain("Authorization");
    }
    expect(seen.map(({ kind }) => kind)).toEqual(["answered", "refused", "failed"]);
  });

  test("refuses an ambiguous target before any handler", async () => {
    const { seen, send } = observed(() => new Response("x"));
    expect(await whole(await send())).toMatchObject({ status: 200 });
    const serve = answer(() => new Response("x"), OPTIONS);
    for (const path of ["//x", "/a%2fx", "/a%5Cx", "/x;y", "/x%00"]) {
      expect(await whole(await serve(new Request(`http://localhost${path}`), NO_CONNECTION))).toEqual(
        refused(400, "Invalid request target", { connection: "close" }),
      );
    }
    expect(seen).toHaveLength(1);
  });

  const bare = { status: 401, headers: { "www-authenticate": "Token" }, content: "" };
  const full = refused(401, "No", { "www-authenticate": "Token" });
  const waiting: [string, number, number | null, string | null, object, number][] = [
    ["more answers wait than may", 3, 2, null, bare, 0],
    ["as many answers wait as may", 2, 2, null, full, 30],
    ["there is no such limit", 1e6, null, null, full, 30],
    ["it comes from a user", 3, 2, "anna", full, 30],
  ];
  test.each(waiting)("a refusal where %s", async (_, pendingRequests, maxWaiting, user, expected, sent) => {
    const seen: Observation[] = [];
    const no = refusal("credentials_missing", "No", { "WWW-Authenticate": "Token" });
    const serve = answer(
      (_request, exchange) => (
        (exchange.user = user === null ? null : { name: user, tokenId: "", scopes: [] }),
        no
      ),
      {
        ...OPTIONS,
        observe: (one) => void seen.push(one),
        maxWaiting,
      },
    );
    const response = await serve(new Request("http://localhost/x"), { ...NO_CONNECTION, pendingRequests });
    expect(await whole(response)).toEqual(expected as typeof full);
    expect(seen).toMatchObject([{ kind: "refused", status: 401, exchange: { sent } }]);
  });

  test("reports how long the handler took", async () => {
    const times = [5, 12];
    const seen: Observation[] = [];
    const serve = answer(async () => new Response("x"), {
      ...OPTIONS,
      observe: (one) => void seen.push(one),
      clock: clockOf({ elapsed: () => times.shift() ?? NaN }),
    });
    await serve(new Request("http://localhost/"), NO_CONNECTION);
    expect(seen).toMatchObject([{ kind: "answered", milliseconds: 7 }]);
  });
});

describe("answer()", () => {
  const at = (handler: Handler, keepAlive: AnswerOptions["keepAlive"]) => {
    const seen: Observation[] = [];
    const observe = (one: Observation) => void seen.push(one);
    return { seen, serve: answer(handler, { ...OPTIONS, observe, keepAlive }) };
  };
  const closes: AnswerOptions["keepAlive"] = { count: () => {}, closeReason: () => "pipelining" };
  const handlers: [string, Handler][] = [
    ["an answer", () => new Response("x")],
    ["a refusal", () => refusal("credentials_missing", "No")],
    ["a late answer", async () => new Response("x")],
    ["undefined", () => undefined as unknown as Response],
  ];
  test.each(handlers)("closes the connection with %s where no user was found", async (_, handler) => {
    const { seen, serve } = at(handler, closes);
    const response = await serve(new Request("http://localhost/x"), NO_CONNECTION);
    expect(response.headers.get("connection")).toBe("close");
    expect(seen).toMatchObject([{ exchange: { closing: "pipelining" } }]);
  });

  test("never closes the connection of a user", async () => {
    const { seen, serve } = at(
      (_, exchange) => ((exchange.user = { name: "u", tokenId: "", scopes: [] }), new Response("x")),
      closes,
    );
    const response = await serve(new Request("http://localhost/x"), NO_CONNECTION);
    expect(response.headers.get("connection")).toBeNull();
    expect(seen).toMatchObject([{ exchange: { closing: null } }]);
  });
});

test("answer() closes the connection with every answer, early or late, if `leave` is set", async () => {
  const at = (handler: Handler) => (request: Request, connection: typeof NO_CONNECTION) =>
    answer(handler, OPTIONS)(request, connection, true);
  const request = () => new Request("http://localhost/x");
  const early = at(() => new Response("x"))(request(), NO_CONNECTION) as Response;
  const late = await at(async () => refusal("token_unknown", "No"))(request(), NO_CONNECTION);
  expect([early.status, early.headers.get("connection")]).toEqual([200, "close"]);
  expect([late.status, late.headers.get("connection")]).toEqual([403, "close"]);
});
