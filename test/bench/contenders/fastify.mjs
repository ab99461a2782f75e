import bearerAuth from "@fastify/bearer-auth";
import fastify from "fastify";

const app = fastify({ bodyLimit: 1024 * 1024 });
app.register(bearerAuth, { keys: new Set(["token1", "token2"]), bearerType: "Token" });
app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
app.register(async (closed) => {
  for (const path of ["/ping", "/items/*"]) {
    closed.get(path, async () => ({ text: "pong", status: "success" }));
  }
  closed.post("/read", async () => ({ text: "pong", status: "success" }));
});
await app.listen({ host: "127.0.0.1", port: Number(process.argv[2]) });
