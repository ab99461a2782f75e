import type { Route } from "../http/router.ts";
import type { Observe } from "../observations/observation.ts";

/** `GET /ping` answers the seed's pong. */
export function ping(observe: Observe): Route {
  return {
    method: "GET",
    path: "/ping",
    handler: () => {
      observe(RECEIVED);
      return new Response(PONG);
    },
  };
}

const RECEIVED = { kind: "received", what: "PING" } as const;
// A Blob brings its type along: cheaper than a header in each response (Bun 1.4.5).
const PONG = new Blob([JSON.stringify({ text: "pong", status: "success" })], { type: "application/json" });
