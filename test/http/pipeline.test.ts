import { expect, test } from "bun:test";
import type { Context, Guard, Handler } from "../../src/http/handler.ts";
import { pipeline } from "../../src/http/pipeline.ts";
import { refusal } from "../../src/http/refusal.ts";
import { contextOf } from "../support/exchange.ts";

const request = new Request("http://localhost/ping");
const context = contextOf("/ping");

type ColourContext = Context & { readonly colour: string };

const paint: Guard<Context, ColourContext> = (request, context, next) =>
  next(request, Object.assign(contextOf(context.path), { colour: "green" }));

/** A guard that writes its name down on the way in and on the way out. */
function witness(name: string, seen: string[]): Guard {
  return async (request, context, next) => {
    seen.push(`${name} in`);
    const answer = await next(request, context);
    seen.push(`${name} out`);
    return answer;
  };
}

test("to() is the handler itself where there is no guard", () => {
  const handler: Handler = () => new Response();
  expect(pipeline().to(handler)).toBe(handler);
  expect(pipeline().through(null).to(handler)).toBe(handler);
});

test("through() lets a request meet the guards in their order", async () => {
  const seen: string[] = [];
  const given = new Response();
  const handler = pipeline()
    .through(witness("one", seen))
    .through(null)
    .through(witness("two", seen))
    .to(() => {
      seen.push("handler");
      return given;
    });
  expect(seen).toEqual([]);
  expect(await handler(request, context)).toBe(given);
  expect(seen).toEqual(["one in", "two in", "handler", "two out", "one out"]);
});

test("through() keeps a request that a guard refuses from all that comes after", async () => {
  const seen: string[] = [];
  const no = refusal("token_unknown", "No");
  const handler = pipeline()
    .through(witness("before", seen))
    .through(() => no)
    .through(witness("after", seen))
    .to(() => new Response());
  expect(await handler(request, context)).toBe(no);
  expect(seen).toEqual(["before in", "before out"]);
});

test("through() adds to the context for what comes after, and only for that", () => {
  const colours: unknown[] = [];
  const look: Guard = (request, context, next) => {
    colours.push("colour" in context ? context.colour : "none");
    return next(request, context);
  };
  const body: Handler<ColourContext> = (_request, { colour }) => new Response(colour);
  // @ts-expect-error nothing above gives the colour
  pipeline().through(look).to(body);
  const given = pipeline()
    .through(look)
    .through(paint)
    .to((request, context) => {
      colours.push(context.colour);
      return body(request, context);
    })(request, context);
  expect(given).toBeInstanceOf(Response);
  expect(colours).toEqual(["none", "green"]);
  expect(context).not.toHaveProperty("colour");
});

test("to() hands the request and the context on unchanged", () => {
  const met: unknown[] = [];
  const pass: Guard = (request, context, next) => next(request, context);
  const handler = pipeline()
    .through(pass)
    .through(pass)
    .to((request, context) => {
      met.push(request, context);
      return new Response();
    });
  handler(request, context);
  expect(met).toEqual([request, context]);
  expect(met[0]).toBe(request);
  expect(met[1]).toBe(context);
});

test("to() stays synchronous where every guard and the handler are", () => {
  const given = new Response();
  expect(
    pipeline()
      .through(paint)
      .to(() => given)(request, context),
  ).toBe(given);
});

test("to() calls a guard when a request comes, not before, and once for each", () => {
  let calls = 0;
  const handler = pipeline()
    .through((request, context, next) => {
      calls += 1;
      return next(request, context);
    })
    .to(() => new Response());
  expect(calls).toBe(0);
  handler(request, context);
  handler(request, context);
  expect(calls).toBe(2);
});

test("through() leaves the pipeline it was called on as it was", () => {
  const given = new Response();
  const base = pipeline().through(paint);
  base.through(() => refusal("token_unknown", "No"));
  expect(base.to(() => given)(request, context)).toBe(given);
});

test("pipeline() lets its guard meet a request before all others, and see their answers", async () => {
  const seen: string[] = [];
  const no = refusal("route_unknown", "No");
  const handler = pipeline(witness("outermost", seen))
    .through(witness("one", seen))
    .to(() => no);
  expect(await handler(request, context)).toBe(no);
  expect(seen).toEqual(["outermost in", "one in", "one out", "outermost out"]);
});
