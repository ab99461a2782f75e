import { connect } from "node:net";

/** Writes these bytes to a loopback port and gives all that comes back until the other side closes. */
export async function exchange(port: number, bytes: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let received = "";
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data: (_, data) => void (received += data.toString("latin1")),
      close: () => resolve(received),
      error: (_, error) => reject(error),
    },
  });
  socket.write(Buffer.from(bytes, "latin1"));
  return await promise;
}

/** Writes these bytes and gives what came back as soon as `enough` says so; then closes. */
export async function converse(
  port: number,
  bytes: string,
  enough: (received: string) => boolean,
): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let received = "";
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data(_, data) {
        received += data.toString("latin1");
        if (enough(received)) resolve(received);
      },
      close: () => resolve(received),
      error: () => resolve(received),
    },
  });
  socket.write(Buffer.from(bytes, "latin1"));
  const all = await promise;
  socket.terminate();
  return all;
}

/**
 * Writes these bytes, however many, and looks at what comes back only once all were taken, as most HTTP libraries
 * do. Gives it all when the other side closes; fails where that did not take all.
 */
export async function sendThenRead(port: number, bytes: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let received = "";
  const socket = connect(port, "127.0.0.1");
  socket.pause();
  socket.setEncoding("latin1");
  socket.on("data", (text: string) => void (received += text));
  socket.on("end", () => resolve(received));
  socket.on("error", reject);
  socket.write(bytes, "latin1", (error) => (error ? reject(error) : socket.resume()));
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}

/** What became of an upload that goes on for as long as it is let. */
export interface Flood {
  readonly received: string;
  /** Bytes the system took from us before the connection ended, or `max` where it did not end. */
  readonly taken: number;
  readonly ended: boolean;
}

/**
 * Sends a head and then the same bytes again and again until the connection ends or so many were taken. It goes
 * at about 10 MB a second: what the system takes is counted, and faster than the server can answer it would only
 * fill the buffers in between.
 */
export async function flood(port: number, head: string, again: string, max: number): Promise<Flood> {
  const chunk = Buffer.from(again.repeat(Math.ceil(65536 / again.length)), "latin1");
  let rest = Buffer.from(head, "latin1");
  let received = "";
  let taken = 0;
  let ended = false;
  const end = () => void (ended = true);
  const data = (_: unknown, bytes: Buffer) => void (received += bytes.toString("latin1"));
  const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data, close: end, error: end } });
  while (!ended && taken < max) {
    const written = Math.max(0, socket.write(rest));
    taken += written;
    rest = written < rest.length ? rest.subarray(written) : chunk;
    await Bun.sleep(5);
  }
  socket.terminate();
  return { received, taken, ended };
}
