import type { Running } from "./running.ts";

const REQUEST = "GET /ping HTTP/1.1\r\nHost: a\r\nAuthorization: Token token1\r\n\r\n";

/** Opens many connections, sends one request on each, and returns the memory that each one takes while idle. */
export async function idleConnections(
  running: Running,
  connections: number,
): Promise<{ connections: number; each: number }> {
  const before = running.memory();
  const sockets: Bun.Socket[] = [];
  for (let opened = 0; opened < connections; opened += 500) {
    const some = Array.from({ length: Math.min(500, connections - opened) }, () => answered(running.port));
    sockets.push(...(await Promise.all(some)));
  }
  const each = (running.memory() - before) / sockets.length;
  for (const socket of sockets) socket.terminate();
  return { connections: sockets.length, each };
}

function answered(port: number): Promise<Bun.Socket> {
  return new Promise((resolve, reject) => {
    void Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        open: (socket) => void socket.write(REQUEST),
        data: (socket) => resolve(socket),
        error: (_socket, error) => reject(error),
        connectError: (_socket, error) => reject(error),
      },
    });
  });
}
