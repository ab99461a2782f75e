import { routeKind } from "./route-kind.ts";

/** Answers with the seed's pong. */
export const ping = routeKind({
  name: "ping",
  methods: ["GET"],
  needsUser: false,
  settings: {},
  create:
    (_options, { observe }) =>
    (_request, exchange) => {
      observe(RECEIVED);
      exchange.sent = PONG_SIZE;
      return new Response(PONG);
    },
});

const RECEIVED = { kind: "received", what: "PING" } as const;
// A Blob brings its content type, which is cheaper than a header in each response (Bun 1.4.5).
const PONG = new Blob([JSON.stringify({ text: "pong", status: "success" })], { type: "application/json" });
const PONG_SIZE = PONG.size;
