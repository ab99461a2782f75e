import type { Workload } from "../load.ts";

const REQUEST =
  "GET /stream/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Token token1\r\nAccept: text/event-stream\r\n\r\n";

/** The same while so many event streams are open, each with an event a second. Throws where one of them does not start. */
export function besideEventStreams(streams: number, workload: Workload): Workload {
  return {
    ...workload,
    async prepare(port) {
      const sockets = await Promise.all(Array.from({ length: streams }, () => opened(port)));
      return () => {
        for (const socket of sockets) socket.terminate();
      };
    },
  };
}

/** Resolves at the first event. */
function opened(port: number): Promise<Bun.Socket> {
  return new Promise((resolve, reject) => {
    let received = "";
    const closed = () => reject(new Error(`an event stream was closed: ${received.slice(0, 100)}`));
    Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        open: (socket) => void socket.write(REQUEST),
        data(socket, bytes) {
          if (received.includes("data: tick")) return;
          received += bytes.toString();
          if (received.includes("data: tick")) resolve(socket);
        },
        close: closed,
        error: (_socket, error) => reject(error),
      },
    }).catch(reject);
  });
}
