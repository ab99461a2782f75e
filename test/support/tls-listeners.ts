import { afterEach } from "bun:test";
import type { Socket } from "node:net";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import type { FetchHandler } from "../../src/http/handler.ts";
import type { ListenOptions } from "../../src/listen/listen-options.ts";
import { startListener, type Listener } from "../../src/listen/listener.ts";
import { certified, type Certified } from "./certificates.ts";
import { counted } from "./counted.ts";
import { listenOn } from "./seed-config.ts";

/** What `tls` of a listener holds for a certificate. */
export const material = ({ cert, key }: Certified) => ({ cert, key, clientCa: null });

/** Answers "hello", and closes the connection where that is asked of it. */
export const hello: FetchHandler = (_request, _connection, leave) =>
  new Response("hello", leave ? { headers: { Connection: "close" } } : {});

/** Listeners with TLS and their clients, which end after each test of the file that calls this. */
export function tlsListeners() {
  const [one, two] = [certified("one"), certified("two")];
  const started: Listener[] = [];
  const sockets: Socket[] = [];
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const listener of started.splice(0)) await listener.stop(0);
  });

  /** Listens with the certificate `one`. `received(n)` resolves when the listener has received n requests. */
  async function listening(given: Partial<ListenOptions> = {}, serve: FetchHandler = hello, grace = 20) {
    const { serve: counting, received } = counted(serve);
    const options = listenOn({ tls: material(one), ...given });
    const listener = await startListener(options, counting, () => {}, grace);
    started.push(listener);
    return { listener, received, port: Number(new URL(listener.url).port) };
  }

  function kept<Kept extends Socket>(socket: Kept): Kept {
    sockets.push(socket);
    socket.on("error", () => {});
    return socket;
  }

  /** A TLS connection whose handshake is done. */
  async function connected(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = kept(connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options }, resolve));
    socket.once("error", reject).once("close", () => reject(new Error("ECONNRESET")));
    await promise;
    return socket;
  }

  const certificateOf = async (port: number) =>
    String((await connected(port)).getPeerCertificate().subject.CN);
  const ask = (url: string, init: BunFetchRequestInit = {}) =>
    fetch(url, { tls: { ca: [one.cert, two.cert] }, ...init });
  return { one, two, listening, kept, connected, certificateOf, ask };
}

/** Resolves when a connection has ended. */
export const ended = (socket: Socket) =>
  new Promise<void>((resolve) => socket.once("close", () => resolve()));
/** The code of the error with which a promise rejects, or an empty string. */
export const code = async (asked: Promise<unknown>): Promise<string> =>
  await asked.then(
    () => "",
    (fault: NodeJS.ErrnoException) => fault.code ?? fault.message,
  );

/** Sends a request on a connection and resolves to the answer, which ends in "hello". Rejects where the connection ends first. */
export async function answered(socket: Socket, request: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let received = "";
  const take = (data: Buffer) => {
    received += data.toString("latin1");
    if (received.endsWith("hello")) resolve(received);
  };
  const end = () => reject(new Error(`cut off after ${JSON.stringify(received)}`));
  socket.on("data", take).once("close", end).write(request);
  try {
    return await promise;
  } finally {
    socket.off("data", take).off("close", end);
  }
}
