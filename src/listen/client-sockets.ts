import type { ClientSocket, SocketHandler } from "../http/upgraded.ts";
import { LIMITS } from "../limits.ts";
import type { Observe } from "../observations/observation.ts";

/** The WebSockets of one Bun.serve. */
export interface ClientSockets {
  readonly handler: Bun.WebSocketHandler<SocketHandler>;
  /** Closes all of them with 1001 (going away), and those that open later. */
  closeAll(): void;
}

/**
 * Passes what happens on each WebSocket to its handler.
 *
 * A client that answers pings is never idle. The limit of what may wait for a client is above what a handler that pauses
 * its source lets wait; a client beyond it loses the connection, because Bun 1.4.5 would drop the message and go on.
 * Nothing is compressed, because each WebSocket would need memory for it.
 */
export function clientSockets(
  observe: Observe,
  idleSeconds: number = LIMITS.socketIdleSeconds,
): ClientSockets {
  // Bun 1.4.5 knows only their number.
  const open = new Set<ClientSocket>();
  let closing = false;
  const goAway = (socket: ClientSocket) => socket.close(GOING_AWAY, "server shutting down");
  return {
    handler: {
      idleTimeout: idleSeconds,
      sendPings: true,
      maxPayloadLength: LIMITS.socketMessage,
      backpressureLimit: 2 * LIMITS.socketMessage + LIMITS.socketWaiting,
      closeOnBackpressureLimit: true,
      perMessageDeflate: false,
      open(socket) {
        open.add(socket);
        socket.data.open(socket);
        if (closing) goAway(socket);
      },
      message: (socket, data) => socket.data.message(socket, data),
      drain: (socket) => socket.data.drain(socket),
      ping: (socket, data) => socket.data.ping(socket, data),
      pong: (socket, data) => socket.data.pong(socket, data),
      close(socket, code, reason) {
        open.delete(socket);
        socket.data.close(socket, code, reason);
      },
      error(fault, socket) {
        observe({ kind: "uncaught", fault });
        socket.close(INTERNAL_ERROR);
      },
    },
    closeAll() {
      closing = true;
      for (const socket of open) goAway(socket);
    },
  };
}

/** Close codes (RFC 6455 7.4.1). */
const [GOING_AWAY, INTERNAL_ERROR] = [1001, 1011];
