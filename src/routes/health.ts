import { refusal } from "../http/refusal.ts";
import { routeKind } from "./route-kind.ts";

/** Answers with 200 if requests should come here, and with 503 if not. Names a store that is away. */
export const health = routeKind({
  name: "health",
  methods: ["GET"],
  needsUser: false,
  isProbe: true,
  settings: {},
  create(_options, { readiness, storeName }) {
    const contents = {
      ready: contentOf("healthy"),
      store_away: contentOf(`healthy, but the token store ${storeName} is away`),
    };
    return (_request, exchange) => {
      const state = readiness();
      if (state === "draining" || state === "store_unavailable") return UNREADY[state];
      const content = contents[state];
      exchange.sent = content.size;
      return new Response(content);
    };
  },
});

function contentOf(text: string): Blob {
  return new Blob([JSON.stringify({ text, status: "success" })], { type: "application/json" });
}

const UNREADY = {
  draining: refusal("draining", "Draining"),
  store_unavailable: refusal("store_unavailable", "Token store unavailable"),
};
