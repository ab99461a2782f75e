/**
 * The floor: a Bun.serve that reads what a token check can't do without (URL, method, three headers, a clock and a
 * digest) and then answers every request alike. It checks nothing, has no routes, and neither logs nor counts.
 */
const PONG = new Blob([JSON.stringify({ text: "pong", status: "success" })], { type: "application/json" });
const digest = new Uint8Array(32);
/** Keeps the compiler from dropping what is read. */
let read = 0;

Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.argv[2]),
  development: false,
  fetch(request) {
    const { url, method, headers } = request;
    const authorization = headers.get("authorization") ?? "";
    const length = headers.get("content-length");
    const encoding = headers.get("transfer-encoding");
    Bun.SHA256.hash(authorization, digest);
    read += url.length + method.length + performance.now() + (digest[0] ?? 0);
    if (length === null && encoding === null) return new Response(PONG);
    return request.arrayBuffer().then(() => new Response(PONG));
  },
});

process.on("exit", () => console.log(read));
