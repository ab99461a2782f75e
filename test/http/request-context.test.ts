import { expect, test } from "bun:test";
import { RequestContext } from "../../src/http/request-context.ts";
import { exchangeOf } from "../support/exchange.ts";

test("client() of a RequestContext is the client of its exchange", () => {
  const exchange = exchangeOf({ client: "192.0.2.1", requestId: "id1" });
  const context = new RequestContext("GET", "/files/a", "/files/*", exchange);
  expect(context.client()).toEqual({ address: "192.0.2.1", requestId: "id1" });
  expect(context.client()).toBe(exchange.client());
});
