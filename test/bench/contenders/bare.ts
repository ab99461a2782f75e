/** The ceiling of the runtime: the same answer to every request, of which nothing is read. */
const PONG = JSON.stringify({ text: "pong", status: "success" });
const INIT = { headers: { "content-type": "application/json;charset=utf-8" } };

Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.argv[2]),
  development: false,
  fetch(request) {
    if (request.method !== "POST") return new Response(PONG, INIT);
    return request.arrayBuffer().then(() => new Response(PONG, INIT));
  },
});
