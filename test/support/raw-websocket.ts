import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** The opcodes of RFC 6455 5.2. */
export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** A frame as it came over the wire. */
export interface Frame {
  readonly opcode: number;
  readonly isFinal: boolean;
  /** The reserved bits: compression sets the first. */
  readonly reserved: number;
  readonly isMasked: boolean;
  readonly data: Buffer;
}

/** A frame to send. A client masks its frames; here with zeros, which change no byte. */
export function frame(opcode: number, data: string | Buffer = "", masked = true, isFinal = true): Buffer {
  const content = Buffer.from(data as string);
  const mask = masked ? 0x80 : 0;
  const first = (isFinal ? 0x80 : 0) | opcode;
  const { length } = content;
  const size = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const head = Buffer.alloc(size + (masked ? 4 : 0));
  head[0] = first;
  head[1] = mask | (size === 2 ? length : size === 4 ? 126 : 127);
  if (size === 4) head.writeUInt16BE(length, 2);
  if (size === 10) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, content]);
}

/** The content of a close frame. */
export function closing(code: number, reason = ""): Buffer {
  const content = Buffer.alloc(2 + Buffer.byteLength(reason));
  content.writeUInt16BE(code);
  content.write(reason, 2);
  return content;
}

/** One end of a connection that speaks HTTP and then WebSocket, byte by byte. */
export class RawSocket {
  #received = Buffer.alloc(0);
  #ended = false;
  #wake = () => {};

  constructor(readonly socket: Socket) {
    socket.on("data", (data) => {
      this.#received = Buffer.concat([this.#received, data as Buffer]);
      this.#wake();
    });
    const end = () => {
      this.#ended = true;
      this.#wake();
    };
    socket.on("close", end).on("end", end).on("error", end);
  }

  write(bytes: string | Buffer): void {
    this.socket.write(bytes as string, "latin1");
  }

  /** The head of a message, without the blank line that ends it; what came so far if there is none. */
  async head(): Promise<string> {
    const end = await this.#until(() => this.#received.indexOf("\r\n\r\n") + 1 || null);
    if (end === null) return this.#take(this.#received.length).toString("latin1");
    return this.#take(end + 3)
      .toString("latin1")
      .slice(0, -4);
  }

  /** So many bytes. */
  async bytes(length: number): Promise<Buffer> {
    await this.#until(() => (this.#received.length >= length ? true : null));
    return this.#take(length);
  }

  /** The next frame, or null if the connection ended before. */
  async frame(): Promise<Frame | null> {
    const head = await this.#until(() => frameHead(this.#received));
    if (head === null) return null;
    const { size, length } = head;
    const whole = await this.#until(() => (this.#received.length >= size + length ? true : null));
    if (whole === null) return null;
    const first = this.#received.readUInt8(0);
    const isMasked = this.#received.readUInt8(1) >= 0x80;
    const bytes = this.#take(size + length);
    const mask = bytes.subarray(size - 4, size);
    const data = Buffer.from(bytes.subarray(size));
    if (isMasked) for (let i = 0; i < length; i += 1) data[i] = (data[i] ?? 0) ^ (mask[i % 4] ?? 0);
    return { opcode: first & 0x0f, isFinal: first >= 0x80, reserved: (first >> 4) & 7, isMasked, data };
  }

  /** Resolves when the other side has ended the connection. */
  async ended(): Promise<void> {
    await this.#until(() => null);
  }

  #take(length: number): Buffer {
    const taken = this.#received.subarray(0, length);
    this.#received = this.#received.subarray(length);
    return taken;
  }

  async #until<T>(found: () => T | null): Promise<T | null> {
    while (true) {
      const value = found();
      if (value !== null || this.#ended) return value;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

function frameHead(bytes: Buffer): { size: number; length: number } | null {
  if (bytes.length < 2) return null;
  const second = bytes.readUInt8(1);
  const short = second & 0x7f;
  const size = (short < 126 ? 2 : short === 126 ? 4 : 10) + (second >= 0x80 ? 4 : 0);
  if (bytes.length < size) return null;
  const length =
    short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  return { size, length };
}

/** The key of RFC 6455 1.3, and the answer to it. */
export const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
export const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/** The head of a handshake for this target, with further header lines. */
export function handshake(target = "/", ...lines: string[]): string {
  const own = ["Host: gate.example", "Upgrade: websocket", "Connection: Upgrade"];
  const key = [`Sec-WebSocket-Key: ${KEY}`, "Sec-WebSocket-Version: 13"];
  return `${[`GET ${target} HTTP/1.1`, ...own, ...key, ...lines].join("\r\n")}\r\n\r\n`;
}

/** The answer of a server that accepts a handshake, with further header lines. */
export function accepting(head: string, ...lines: string[]): string {
  const key = /^sec-websocket-key: *(\S+)/im.exec(head)?.[1];
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  const own = ["Upgrade: websocket", "Connection: Upgrade", `Sec-WebSocket-Accept: ${accept}`];
  return `${["HTTP/1.1 101 Switching Protocols", ...own, ...lines].join("\r\n")}\r\n\r\n`;
}

/** Connects to a loopback port and writes these bytes. */
export function rawConnect(port: number, bytes: string | Buffer): RawSocket {
  const client = new RawSocket(connect(port, "127.0.0.1"));
  client.write(bytes);
  return client;
}

/** A server of raw connections. */
export interface RawServer {
  readonly port: number;
  /** The next connection, and the head of its request. */
  next(): Promise<{ readonly peer: RawSocket; readonly head: string }>;
  /** How many connections came so far. */
  count(): number;
  close(): void;
}

/** Listens on a free loopback port or on a Unix socket. */
export async function rawServer(unix?: string): Promise<RawServer> {
  const waiting: RawSocket[] = [];
  const all: Socket[] = [];
  let wake = () => {};
  const server: Server = createServer((socket) => {
    all.push(socket);
    waiting.push(new RawSocket(socket));
    wake();
  });
  if (unix === undefined) server.listen(0, "127.0.0.1");
  else server.listen(unix);
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" ? (address?.port ?? 0) : 0,
    async next() {
      while (waiting.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      const peer = waiting.shift() as RawSocket;
      return { peer, head: await peer.head() };
    },
    count: () => all.length,
    close() {
      server.close();
      for (const socket of all) socket.destroy();
    },
  };
}
