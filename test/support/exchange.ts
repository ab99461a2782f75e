import type { Exchange } from "../../src/http/handler.ts";

/** An exchange of which only this is known. */
export function exchangeOf(known: Partial<Exchange> = {}): Exchange {
  return {
    method: "GET",
    path: "/ping",
    user: null,
    received: 0,
    sent: null,
    client: null,
    requestId: null,
    isProbe: false,
    closing: null,
    ...known,
  };
}
