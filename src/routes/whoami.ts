import { routeKind } from "./route-kind.ts";

/** Answers with the user of the token. */
export const whoami = routeKind({
  name: "whoami",
  methods: ["GET"],
  needsUser: true,
  settings: {},
  create: () => (_request, exchange) => {
    const content = JSON.stringify({ user: exchange.user.name, status: "success" });
    exchange.sent = Buffer.byteLength(content);
    return new Response(content, { headers: HEADERS });
  },
});

const HEADERS = {
  "Content-Type": "application/json;charset=utf-8",
  // The answer is about one user: no cache may serve it to another (RFC 9111 5.2.2.5).
  "Cache-Control": "no-store",
};
