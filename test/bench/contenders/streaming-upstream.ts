/** What a proxy forwards that nginx can't answer: a WebSocket echo, events without an end, and uploads that are read. */
const EVERY = 1000;

Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.argv[2]),
  development: false,
  idleTimeout: 0,
  maxRequestBodySize: 2 ** 40,
  async fetch(request, server) {
    const { pathname } = new URL(request.url);
    if (pathname === "/stream/echo")
      return server.upgrade(request) ? undefined : new Response(null, { status: 400 });
    if (pathname === "/stream/events")
      return new Response(events(), { headers: { "Content-Type": "text/event-stream" } });
    if (pathname === "/stream/upload") return Response.json({ bytes: await sizeOf(request.body) });
    return Response.json({ text: "pong", status: "success" });
  },
  websocket: {
    message(socket, message) {
      socket.send(message);
    },
  },
});

/** The first event comes at once, the others one a second. */
function events(): ReadableStream<string> {
  let timer: Timer;
  return new ReadableStream<string>({
    start(controller) {
      const send = () => controller.enqueue("data: tick\n\n");
      send();
      timer = setInterval(send, EVERY);
    },
    cancel: () => clearInterval(timer),
  });
}

async function sizeOf(body: ReadableStream<Uint8Array> | null): Promise<number> {
  let bytes = 0;
  if (body !== null) for await (const chunk of body) bytes += chunk.byteLength;
  return bytes;
}
