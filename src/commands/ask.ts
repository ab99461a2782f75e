import type { ListenOptions } from "../listen/listen-options.ts";
import { urlOf } from "../listen/listener.ts";

/** What of an answer says who gave it. */
export interface AskedAnswer {
  readonly status: number;
  /** The WWW-Authenticate header; empty where there is none. */
  readonly challenge: string;
}

/** Nobody answers. */
export class NoAnswer extends Error {
  constructor(
    message: string,
    /** Nothing listens there. */
    readonly refused: boolean,
  ) {
    super(message);
  }
}

/**
 * Sends a GET without credentials to whoever listens at an address, for at most so many milliseconds. Throws a
 * NoAnswer.
 *
 * Not fetch: that would ask a proxy of the environment (Bun 1.4.5).
 */
export async function ask(listen: ListenOptions, path: string, timeout: number): Promise<AskedAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<AskedAnswer>();
  const options = {
    ...(listen.unix ? { socketPath: listen.unix.path } : { host: listen.host, port: listen.port }),
    path,
    headers: { Host: "localhost", Connection: "close" },
    // Its own certificate hardly names the loopback address, and it is sent nothing that is secret.
    rejectUnauthorized: false,
  };
  // Loaded on need: it costs every start 10 ms and 3 MB, that of a server too (Bun 1.4.5).
  const { request } = process.getBuiltinModule(listen.tls ? "node:https" : "node:http");
  const asking = request(options, (response) => {
    const { statusCode = 0, headers } = response;
    resolve({ status: statusCode, challenge: headers["www-authenticate"] ?? "" });
    response.destroy();
  });
  const fail = (message: string, code?: string) => {
    const refused = code === "ECONNREFUSED" || code === "ENOENT";
    reject(new NoAnswer(`${urlOf(listen, listen.port)}: ${message}`, refused));
  };
  asking.on("error", ({ message, code }: NodeJS.ErrnoException) => fail(message, code));
  // What is no server of ours may switch protocols, and Bun then reports neither an answer nor an end (1.4.5).
  asking.on("close", () => fail("closed without an answer"));
  const late = setTimeout(() => fail(`no answer within ${timeout} ms`), timeout);
  asking.end();
  return await promise.finally(() => {
    clearTimeout(late);
    asking.destroy();
  });
}
