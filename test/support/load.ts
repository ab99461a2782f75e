/** Clients that ask for the same all the time, as fast as they are answered. */
export interface Load {
  /** Stops asking once every client has its last answer. */
  end(): Promise<{ readonly answered: number; readonly failed: readonly string[] }>;
}

const CLIENTS = 32;

/**
 * Asks for /ping with a token over connections that are kept for as long as the server keeps them. An answer other
 * than a pong, or none, is a failure. Sockets, because fetch asks again by itself where a kept connection ends
 * before the answer (Bun 1.4.5).
 */
export function underLoad(port: number, token: string): Load {
  const request = `GET /ping HTTP/1.1\r\nHost: a\r\nAuthorization: Token ${token}\r\n\r\n`;
  let ended = false;
  let answered = 0;
  const failed: string[] = [];

  /** One connection, until the server or the end of the load ends it. */
  const connection = async () => {
    const over = Promise.withResolvers<void>();
    let answer = "";
    await Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        open: (socket) => void socket.write(request),
        data(socket, bytes) {
          answer += bytes.toString("latin1");
          if (!answer.endsWith('"}')) return;
          if (!/^HTTP\/1.1 200 OK\r\n[^]*"pong"/.test(answer)) failed.push(answer);
          answered += 1;
          const stays = !/\r\nconnection: close\r\n/i.test(answer);
          answer = "";
          if (stays && !ended) return void socket.write(request);
          over.resolve();
          socket.end();
        },
        close: () => over.reject(new Error(`closed after ${JSON.stringify(answer)}`)),
        error: (_, fault) => over.reject(fault),
        connectError: (_, fault) => over.reject(fault),
      },
    });
    await over.promise;
  };
  const client = async () => {
    while (!ended) await connection().catch((fault: unknown) => failed.push(String(fault)));
  };
  const clients = Array.from({ length: CLIENTS }, client);
  return {
    async end() {
      ended = true;
      await Promise.all(clients);
      return { answered, failed };
    },
  };
}
