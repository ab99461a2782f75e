/** A frame that the server sent (RFC 9113 4.1). */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** An HTTP/2 connection over plain TCP whose client writes each frame itself. */
export interface RawHttp2 {
  /** All that the server has sent. */
  readonly frames: readonly Frame[];
  /** Resolves when the server closes the connection. */
  readonly closed: Promise<void>;
  /** Resolves once the frames hold what is looked for, or the connection is closed. */
  until(enough: (frames: readonly Frame[]) => boolean): Promise<void>;
  /** Sends a request with these fields besides those of `GET /ping`, by default a whole one, and returns its stream. */
  request(fields?: Readonly<Record<string, string>>, isWhole?: boolean): number;
  write(...frames: readonly Buffer[]): void;
  terminate(): void;
}

export const [DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE] = [0, 1, 3, 4, 6, 7, 8];
export const END_STREAM = 1;

/** Connects to a loopback port. The server may send so many bytes of content on each stream. */
export async function rawHttp2(port: number, window = 65_535): Promise<RawHttp2> {
  const frames: Frame[] = [];
  const closed = Promise.withResolvers<void>();
  let rest: Buffer = Buffer.alloc(0);
  let nextStream = 1;
  let look = () => {};
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data(_, bytes) {
        rest = Buffer.concat([rest, bytes]);
        for (let end = endOf(rest); end <= rest.length; end = endOf(rest)) {
          const [type, flags, stream] = [rest.readUInt8(3), rest.readUInt8(4), rest.readUInt32BE(5)];
          frames.push({ type, flags, stream, payload: rest.subarray(HEAD, end) });
          rest = rest.subarray(end);
        }
        look();
      },
      close: () => closed.resolve(),
      error: () => closed.resolve(),
    },
  });
  const write = (...sent: readonly Buffer[]) => void socket.write(Buffer.concat(sent));
  const settings = Buffer.alloc(6);
  settings.writeUInt16BE(INITIAL_WINDOW_SIZE, 0);
  settings.writeUInt32BE(window, 2);
  write(Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(SETTINGS, 0, 0, settings));
  return {
    frames,
    closed: closed.promise,
    async until(enough) {
      const found = Promise.withResolvers<void>();
      look = () => enough(frames) && found.resolve();
      look();
      await Promise.race([found.promise, closed.promise]);
    },
    request(fields = {}, isWhole = true) {
      const stream = nextStream;
      nextStream += 2;
      const all = { ":method": "GET", ":scheme": "http", ":path": "/ping", ":authority": "a", ...fields };
      write(frame(HEADERS, (isWhole ? END_STREAM : 0) | END_HEADERS, stream, fieldBlock(all)));
      return stream;
    },
    write,
    terminate: () => socket.terminate(),
  };
}

/** A frame as it is sent. */
export function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(HEAD);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Fields as literals without Huffman coding, the simplest form of HPACK (RFC 7541 6.2.2). */
function fieldBlock(fields: Readonly<Record<string, string>>): Buffer {
  const parts = Object.entries(fields).flatMap(([name, value]) => [
    Buffer.from([0]),
    ...[name, value].flatMap((text) => [integer(text.length), Buffer.from(text, "latin1")]),
  ]);
  return Buffer.concat(parts);
}

/** A length with a prefix of seven bits (RFC 7541 5.1). */
function integer(value: number): Buffer {
  if (value < 127) return Buffer.from([value]);
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push(128 + (rest % 128));
  return Buffer.from([...bytes, rest]);
}

/** Where the first frame ends; beyond all bytes where there is not even its head. */
function endOf(bytes: Buffer): number {
  return bytes.length < HEAD ? HEAD : HEAD + bytes.readUIntBE(0, 3);
}

const END_HEADERS = 4;
const INITIAL_WINDOW_SIZE = 4;
/** Bytes of a frame before its payload. */
const HEAD = 9;
