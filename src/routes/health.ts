import { refusal } from "../http/refusal.ts";
import type { Route } from "../http/router.ts";

/** Whether requests should come here: while the server drains, or can't reach its store, they should not. */
export type Readiness = () => "ready" | "draining" | "store_unavailable";

/** Answers GET with 200 where requests should come here, and with 503 where they should not. */
export function health(path: string, readiness: Readiness): Route {
  return {
    methods: ["GET"],
    path,
    handler: (_request, { exchange }) => {
      const state = readiness();
      if (state !== "ready") return UNREADY[state];
      exchange.isProbe = true;
      exchange.sent = HEALTHY.size;
      return new Response(HEALTHY);
    },
  };
}

const HEALTHY = new Blob([JSON.stringify({ text: "healthy", status: "success" })], {
  type: "application/json",
});
const UNREADY = {
  draining: refusal("draining", "Draining"),
  store_unavailable: refusal("store_unavailable", "Token store unavailable"),
};
