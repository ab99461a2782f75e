import type { ListenOptions } from "../listen/listen-options.ts";
import { urlOf } from "../listen/listener.ts";

/** The part of an answer that identifies its server. */
export interface AskedAnswer {
  readonly status: number;
  /** The WWW-Authenticate header; empty where there is none. */
  readonly challenge: string;
}

/** There was no answer. */
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
 * Sends a GET without credentials to an address and resolves to its answer. Throws a NoAnswer, also where there is no
 * answer within `timeout` milliseconds.
 *
 * It does without fetch, which uses the proxies of the environment (Bun 1.4.5).
 */
export async function ask(listen: ListenOptions, path: string, timeout: number): Promise<AskedAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<AskedAnswer>();
  const options = {
    ...(listen.unix ? { socketPath: listen.unix.path } : { host: listen.host, port: listen.port }),
    path,
    headers: { Host: "localhost", Connection: "close" },
    // The certificate rarely names the loopback address, and the request holds no secret.
    rejectUnauthorized: false,
  };
  // Loaded on demand: an import would add 10 ms and 3 MB to the start of the server too (Bun 1.4.5).
  const { request } = process.getBuiltinModule(listen.tls ? "node:https" : "node:http");
  const asking = request(options, (response) => {
    const { statusCode = 0, headers } = response;
    resolve({ status: statusCode, challenge: headers["www-authenticate"] ?? "" });
    response.destroy();
  });
  const fail = (message: string, code?: string) => {
    const refused = code === "ECONNREFUSED" || code === "ENOENT";
    const text = refused ? "nothing listens there" : message;
    reject(new NoAnswer(`${urlOf(listen, listen.port)}: ${text}`, refused));
  };
  asking.on("error", ({ message, code }: NodeJS.ErrnoException) => fail(message, code));
  // Another program may switch protocols, and Bun then reports neither a response nor an error (1.4.5).
  asking.on("close", () => fail("closed without an answer"));
  const late = setTimeout(() => fail(`no answer within ${timeout} ms`), timeout);
  asking.end();
  return await promise.finally(() => {
    clearTimeout(late);
    asking.destroy();
  });
}
