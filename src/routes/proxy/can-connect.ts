import type { UpstreamUrl } from "./upstream-url.ts";

/** Whether an upstream accepts a connection, TLS included, within so many milliseconds. Closes it at once. */
export async function canConnect(
  url: UpstreamUrl,
  tls: Bun.TLSOptions,
  milliseconds: number,
): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const isTls = url.protocol === "https";
  const socket = {
    open: () => void (isTls || resolve(true)),
    handshake: () => resolve(true),
    data() {},
    close: () => resolve(false),
    error: () => resolve(false),
    connectError: () => resolve(false),
  };
  const timer = setTimeout(resolve, milliseconds, false);
  const connecting =
    url.unix !== null
      ? Bun.connect({ unix: url.unix, socket })
      : Bun.connect({ hostname: url.host, port: url.port, ...(isTls && { tls }), socket });
  // Where it never connects it stays pending; what comes late is closed too.
  void connecting.then((made) => promise.finally(() => made.terminate())).catch(() => resolve(false));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
