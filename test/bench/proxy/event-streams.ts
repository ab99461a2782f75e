import type { Workload } from "../load.ts";

const REQUEST =
  "GET /stream/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Token token1\r\nAccept: text/event-stream\r\n\r\n";
/** Milliseconds until each stream must have sent its first event. */
const OPENED_WITHIN = 10_000;

/** The same while so many event streams are open, each with an event a second. */
export function besideEventStreams(streams: number, workload: Workload): Workload {
  return {
    ...workload,
    async prepare(port) {
      const sockets: Bun.Socket[] = [];
      const close = () => {
        for (const socket of sockets) socket.terminate();
      };
      let opened = 0;
      const late = Promise.withResolvers<never>();
      const timer = setTimeout(
        () => late.reject(new Error(`${opened} of ${streams} event streams started`)),
        OPENED_WITHIN,
      );
      const all = Array.from({ length: streams }, () => firstEvent(port, sockets).then(() => (opened += 1)));
      try {
        await Promise.race([Promise.all(all), late.promise]);
        return close;
      } catch (fault) {
        close();
        throw fault;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** Opens a stream on a socket of its own, which it adds to `sockets`. */
function firstEvent(port: number, sockets: Bun.Socket[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = "";
    const closed = () => reject(new Error(`an event stream was closed: ${received.slice(0, 100)}`));
    Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        open(socket) {
          sockets.push(socket);
          socket.write(REQUEST);
        },
        data(_socket, bytes) {
          if (received.includes("data: tick")) return;
          received += bytes.toString();
          if (received.includes("data: tick")) resolve();
        },
        close: closed,
        error: (_socket, error) => reject(error),
      },
    }).catch(reject);
  });
}
