/** A request as the service behind a gate received it. */
export interface Received {
  readonly method: string;
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly content: string;
}

/** A service that answers with the request it received, and a WebSocket with its handshake and then each message. */
export interface EchoService extends AsyncDisposable {
  readonly port: number;
  /** Every request so far. */
  readonly received: readonly Received[];
}

/** Starts the service on a free port. */
export function echoService(): EchoService {
  const received: Received[] = [];
  const server = Bun.serve<string>({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request, self) {
      const { pathname, search } = new URL(request.url);
      const seen = {
        method: request.method,
        target: pathname + search,
        headers: Object.fromEntries(request.headers),
        content: await request.text(),
      };
      received.push(seen);
      if (self.upgrade(request, { data: JSON.stringify(seen) })) return undefined;
      return Response.json(seen);
    },
    websocket: {
      open: (socket) => void socket.send(socket.data),
      message: (socket, message) => void socket.send(message),
    },
  });
  return {
    port: Number(server.port),
    received,
    async [Symbol.asyncDispose]() {
      await server.stop(true);
    },
  };
}
