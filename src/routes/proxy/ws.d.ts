/** The used part of "ws", which is built into Bun and is no package. Bun 1.4.5 has no types for it. */
declare module "ws" {
  import type { IncomingMessage } from "node:http";
  import type { Duplex } from "node:stream";

  export interface WebSocketOptions {
    readonly headers: Readonly<Record<string, string>>;
    readonly createConnection?: () => Duplex;
    readonly tls?: Bun.TLSOptions;
    readonly followRedirects: boolean;
    readonly perMessageDeflate: boolean;
    readonly autoPong: boolean;
    readonly maxPayload: number;
    /** Milliseconds after which the connection is ended, once a close frame was sent. */
    readonly closeTimeout: number;
  }

  export class WebSocket {
    constructor(address: string, protocols: readonly string[], options: WebSocketOptions);
    readonly readyState: 0 | 1 | 2 | 3;
    readonly protocol: string;
    /** Bytes that were sent but not yet handed to the system. */
    readonly bufferedAmount: number;
    on(event: "open", listener: () => void): this;
    on(event: "message", listener: (data: Buffer<ArrayBuffer>, isBinary: boolean) => void): this;
    on(event: "ping", listener: (data: Buffer<ArrayBuffer>) => void): this;
    on(event: "close", listener: (code: number, reason: Buffer) => void): this;
    on(event: "error", listener: (error: NodeJS.ErrnoException) => void): this;
    on(event: "upgrade", listener: (response: IncomingMessage) => void): this;
    on(event: "unexpected-response", listener: (request: unknown, response: IncomingMessage) => void): this;
    /** `sent` is called when nothing waits to be sent any more, or never will be. */
    send(data: string | Buffer, sent?: () => void): void;
    ping(data: Buffer): void;
    pong(data: Buffer): void;
    pause(): void;
    resume(): void;
    close(code?: number, reason?: string): void;
    terminate(): void;
  }
}
