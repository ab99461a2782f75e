import type { UpstreamUrl } from "./upstream-url.ts";

/**
 * Tries to connect to an upstream, TLS included, and closes the connection at once; `silent` if nothing happens within
 * this many milliseconds. Never rejects. Accepts any certificate, because the request itself verifies it.
 *
 * Leaves no attempt behind: unlike Bun.connect, node:net can cancel a TCP connect. It is loaded on demand, because most
 * servers never need it and it takes 1.5 MB (Bun 1.4.5).
 */
export async function tryConnection(
  { protocol, host, port, unix }: UpstreamUrl,
  milliseconds: number,
): Promise<"accepted" | "refused" | "silent"> {
  const { promise, resolve } = Promise.withResolvers<"accepted" | "refused" | "silent">();
  const timer = setTimeout(resolve, milliseconds, "silent");
  const isTls = protocol === "https";
  try {
    const socket = isTls
      ? process.getBuiltinModule("node:tls").connect({ host, port, rejectUnauthorized: false })
      : process.getBuiltinModule("node:net").connect(unix === null ? { host, port } : { path: unix });
    socket
      .on(isTls ? "secureConnect" : "connect", () => resolve("accepted"))
      .on("error", () => resolve("refused"))
      .on("close", () => resolve("refused"));
    const outcome = await promise;
    socket.destroy();
    return outcome;
  } catch {
    return "refused";
  } finally {
    clearTimeout(timer);
  }
}
