import type { UpstreamUrl } from "./upstream-url.ts";

/** Whether an upstream accepts a connection, TLS included, within this many milliseconds. Closes the connection at once. */
export async function canConnect(url: UpstreamUrl, milliseconds: number): Promise<boolean> {
  return (await tryConnection(url, milliseconds)) === "accepted";
}

/**
 * Tries to connect to an upstream, TLS included, and closes the connection at once; `silent` if nothing happens within
 * this many milliseconds. Never rejects. Accepts any certificate, because the request itself verifies it.
 */
export async function tryConnection(
  url: UpstreamUrl,
  milliseconds: number,
): Promise<"accepted" | "refused" | "silent"> {
  const { promise, resolve } = Promise.withResolvers<"accepted" | "refused" | "silent">();
  const isTls = url.protocol === "https";
  const refuse = () => resolve("refused");
  const socket = {
    open: () => void (isTls || resolve("accepted")),
    handshake: (_: unknown, isDone: boolean) => resolve(isDone ? "accepted" : "refused"),
    data() {},
    close: refuse,
    error: refuse,
    connectError: refuse,
  };
  const timer = setTimeout(resolve, milliseconds, "silent");
  try {
    const connecting =
      url.unix !== null
        ? Bun.connect({ unix: url.unix, socket })
        : Bun.connect({ hostname: url.host, port: url.port, ...(isTls && { tls: ANY_CERTIFICATE }), socket });
    // Stays pending if it never connects. A connection that opens after the timeout is closed too.
    void connecting
      .then((made) => promise.then((outcome) => (outcome === "silent" ? made.terminate() : made.end())))
      .catch(refuse);
    return await promise;
  } catch {
    return "refused";
  } finally {
    clearTimeout(timer);
  }
}

/** Without an option Bun 1.4.5 would connect without TLS. */
const ANY_CERTIFICATE: Bun.TLSOptions = { rejectUnauthorized: false };
