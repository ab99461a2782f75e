import { Hono } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import { bodyLimit } from "hono/body-limit";

const app = new Hono();
app.use(bodyLimit({ maxSize: 1024 * 1024 }));
app.use(bearerAuth({ token: ["token1", "token2"], prefix: "Token" }));
for (const path of ["/ping", "/items/*"]) {
  app.get(path, (c) => c.json({ text: "pong", status: "success" }));
}
app.post("/read", async (c) => {
  await c.req.arrayBuffer();
  return c.json({ text: "pong", status: "success" });
});

Bun.serve({ hostname: "127.0.0.1", port: Number(process.argv[2]), development: false, fetch: app.fetch });
