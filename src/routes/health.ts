import { refusal } from "../http/refusal.ts";
import { routeKind } from "./route-kind.ts";

/** Answers with 200 where requests should come here, and with 503 where they should not. */
export const health = routeKind({
  name: "health",
  methods: ["GET"],
  needsUser: false,
  settings: {},
  create:
    (_options, { readiness }) =>
    (_request, exchange) => {
      const state = readiness();
      if (state !== "ready") return UNREADY[state];
      exchange.isProbe = true;
      exchange.sent = HEALTHY.size;
      return new Response(HEALTHY);
    },
});

const HEALTHY = new Blob([JSON.stringify({ text: "healthy", status: "success" })], {
  type: "application/json",
});
const UNREADY = {
  draining: refusal("draining", "Draining"),
  store_unavailable: refusal("store_unavailable", "Token store unavailable"),
};
