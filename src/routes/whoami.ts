import type { UserContext } from "../guards/token-auth.ts";
import type { Route } from "../http/router.ts";

/** Answers GET with the user of the token. */
export function whoami(path: string): Route<UserContext> & { readonly needsUser: true } {
  return {
    methods: ["GET"],
    path,
    needsUser: true,
    handler: (_request, { user, exchange }) => {
      const content = JSON.stringify({ user: user.name, status: "success" });
      exchange.sent = Buffer.byteLength(content);
      return new Response(content, { headers: HEADERS });
    },
  };
}

const HEADERS = {
  "Content-Type": "application/json;charset=utf-8",
  // It is about one user: no cache may hand it to another (RFC 9111 5.2.2.5).
  "Cache-Control": "no-store",
};
