import { OpenResponse, type Ending } from "./open-response.ts";

/** What Bun calls for one WebSocket. The listener's own handlers only pass on to these. */
export interface SocketHandler {
  open(socket: ClientSocket): void;
  message(socket: ClientSocket, data: string | Buffer): void;
  drain(socket: ClientSocket): void;
  ping(socket: ClientSocket, data: Buffer): void;
  pong(socket: ClientSocket, data: Buffer): void;
  close(socket: ClientSocket, code: number, reason: string): void;
}

/** The server's end of a WebSocket. */
export type ClientSocket = Bun.ServerWebSocket<SocketHandler>;

/**
 * The answer to a request whose connection is now a WebSocket. Its exchange is over when the WebSocket has closed. Bun
 * 1.4.5 ignores what a handler returns after the upgrade; if it did not, this would be a 500.
 */
export class Upgraded extends OpenResponse {
  override readonly status = 101;

  constructor(
    readonly ended: Promise<Ending>,
    override readonly cut: () => void,
  ) {
    super(null, { status: 500 });
  }
}
