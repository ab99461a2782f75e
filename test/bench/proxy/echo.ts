import type { Burst, Workload } from "../load.ts";

/** A round trip is 32 bytes in one frame each way. Its mask is zero, so that the load costs less than what it measures. */
const SIZE = 32;
const FRAME = Uint8Array.of(0x82, 0x80 | SIZE, 0, 0, 0, 0, ...Buffer.alloc(SIZE, "x"));
const ANSWER = Buffer.of(0x82, SIZE, ...Buffer.alloc(SIZE, "x"));
const HANDSHAKE = `GET /stream/echo HTTP/1.1\r
Host: 127.0.0.1\r
Authorization: Token token1\r
Connection: Upgrade\r
Upgrade: websocket\r
Sec-WebSocket-Version: 13\r
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
\r
`;
const DURATION = 1000;

/** A second of round trips: each of so many WebSockets sends as soon as its last frame is back. */
export function echo(connections: number): Workload {
  let clients: EchoClient[] = [];
  return {
    async prepare(port) {
      clients = await Promise.all(Array.from({ length: connections }, () => opened(port)));
      return () => {
        for (const { socket } of clients) socket.terminate();
      };
    },
    async burst() {
      const times: number[] = [];
      const start = performance.now();
      await Promise.all(clients.map((client) => roundTrips(client, start + DURATION, times)));
      return figures(times, performance.now() - start);
    },
  };
}

interface EchoClient {
  readonly socket: Bun.Socket;
  onData: (bytes: Buffer) => void;
  onEnd: (error: Error) => void;
}

async function opened(port: number): Promise<EchoClient> {
  const { promise, resolve, reject } = Promise.withResolvers<EchoClient>();
  let client: EchoClient | undefined;
  await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      open(socket) {
        let head = "";
        const onData = (bytes: Buffer) => {
          head += bytes.toString("latin1");
          if (!head.endsWith("\r\n\r\n")) return;
          if (head.startsWith("HTTP/1.1 101 ")) resolve(client as EchoClient);
          else reject(new Error(`a WebSocket did not open: ${head.split("\r\n")[0]}`));
        };
        client = { socket, onData, onEnd: reject };
        socket.write(HANDSHAKE);
      },
      data: (_socket, bytes) => client?.onData(bytes),
      close: () => client?.onEnd(new Error("a WebSocket was closed")),
      error: (_socket, error) => client?.onEnd(error),
    },
  });
  return promise;
}

/** Adds the milliseconds of each round trip to `times`. */
function roundTrips(client: EchoClient, end: number, times: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let sent = performance.now();
    let rest: Buffer | null = null;
    client.onEnd = reject;
    client.onData = (bytes) => {
      const frame = rest === null ? bytes : Buffer.concat([rest, bytes]);
      rest = frame.byteLength < ANSWER.byteLength ? frame : null;
      if (rest !== null) return;
      if (!frame.equals(ANSWER)) return reject(new Error("a frame came back changed"));
      const now = performance.now();
      times.push(now - sent);
      if (now >= end) return resolve();
      sent = now;
      client.socket.write(FRAME);
    };
    client.socket.write(FRAME);
  });
}

function figures(times: readonly number[], duration: number): Burst {
  const sorted = Float64Array.from(times).toSorted();
  const percentile = (part: number) => sorted[Math.floor(sorted.length * part)] ?? NaN;
  return {
    requests: times.length,
    rate: (times.length / duration) * 1000,
    p50: percentile(0.5),
    p99: percentile(0.99),
  };
}
