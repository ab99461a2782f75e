import type { Route } from "../http/router.ts";
import type { Observe } from "../observations/observation.ts";

/** Answers GET with the seed's pong. */
export function ping(path: string, observe: Observe): Route {
  return {
    methods: ["GET"],
    path,
    handler: (_request, { exchange }) => {
      observe(RECEIVED);
      exchange.sent = PONG.size;
      return new Response(PONG);
    },
  };
}

const RECEIVED = { kind: "received", what: "PING" } as const;
// A Blob brings its type along: cheaper than a header in each response (Bun 1.4.5).
const PONG = new Blob([JSON.stringify({ text: "pong", status: "success" })], { type: "application/json" });
