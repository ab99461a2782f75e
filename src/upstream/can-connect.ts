import { Connection } from "./connection.ts";
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
  const timer = setTimeout(resolve, milliseconds, "silent");
  const connection = new Connection(
    url,
    { ca: null, insecure: true },
    {
      opened: () => resolve("accepted"),
      openFailed: () => resolve("refused"),
      idle() {},
      closed() {},
    },
  );
  const outcome = await promise;
  clearTimeout(timer);
  connection.close();
  return outcome;
}
