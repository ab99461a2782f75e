import { beforeEach } from "bun:test";
import { join } from "node:path";
import { folderWith } from "./program.ts";
import { patiently, RawConnection } from "./raw-connection.ts";
import { head, requestContent, type RawHead } from "./raw-message.ts";
import { shared } from "./shared.ts";

/** A request as it reached the upstream. */
export interface UpstreamRequest extends RawHead {
  readonly connection: RawConnection;
  /** Waits for the whole content, and returns it without its framing. */
  content(): Promise<string>;
}

/** What the upstream does once the head of a request came. */
export type Play = (request: UpstreamRequest) => void | Promise<void>;

/** A server of the test that answers with exactly the bytes of its play. */
export interface RawUpstream {
  /** What the setting `proxy` has to say to reach it. */
  readonly url: string;
  readonly port: number;
  /** Every request, in the order in which the heads came. */
  readonly requests: readonly UpstreamRequest[];
  /** Every connection, in the order in which they were made. */
  readonly connections: readonly RawConnection[];
  /** What is done with each request from now on: a play, or the bytes of an answer to a whole request. */
  plays(play: Play | string): void;
  /** Waits until so many requests came since the last `forget`. */
  requested(count: number): Promise<UpstreamRequest>;
  /** Waits until so many connections were made since the last `forget`. */
  connected(count: number): Promise<RawConnection>;
  /** Forgets the requests and connections so far, and answers with 200 and `ok` again. */
  forget(): void;
  /** Closes the socket that listens, and no connection. */
  refuse(): void;
  /** Closes the socket that listens, and every connection with RST. */
  stop(): void;
}

/** Where a raw upstream listens: a free port by default. */
export interface RawUpstreamOptions {
  readonly port?: number;
  readonly unix?: boolean;
  readonly tls?: Bun.TLSOptions;
}

/** Starts a raw upstream. */
export function rawUpstream({ port = 0, unix = false, tls }: RawUpstreamOptions = {}): RawUpstream {
  let requests: UpstreamRequest[] = [];
  let connections: RawConnection[] = [];
  /** Those before the last `forget` too. */
  const open = new Set<RawConnection>();
  let play: Play = answersWith(OK);
  let waiting: (() => void)[] = [];
  const tell = () => {
    const all = waiting;
    waiting = [];
    for (const look of all) look();
  };
  const nth = async <T>(list: () => T[], count: number): Promise<T> => {
    while (list().length < count) {
      const next = new Promise<void>((resolve) => waiting.push(resolve));
      await patiently(next, () => `the upstream saw ${list().length} of ${count}`);
    }
    return list()[count - 1] as T;
  };

  async function serve(connection: RawConnection): Promise<void> {
    for (;;) {
      const found = await connection.take(head, FOREVER);
      let taken: Promise<string> | null = null;
      const content = () => (taken ??= requestContent(connection, found, FOREVER));
      const request = { ...found, connection, content };
      requests.push(request);
      tell();
      await play(request);
      await content();
    }
  }

  const socket = RawConnection.handlers((connection) => {
    connections.push(connection);
    open.add(connection);
    void connection.closed.then(() => open.delete(connection));
    tell();
    // It ends with the connection.
    serve(connection).catch(() => {});
  });
  const file = join(unix ? folderWith({}) : "", "upstream.sock");
  const listener = unix
    ? Bun.listen({ unix: file, socket })
    : Bun.listen({ hostname: "127.0.0.1", port, socket, ...(tls && { tls }) });
  const taken = "port" in listener ? listener.port : 0;
  return {
    url: unix ? `unix:${file}` : `${tls === undefined ? "http" : "https"}://127.0.0.1:${taken}`,
    port: taken,
    get requests() {
      return requests;
    },
    get connections() {
      return connections;
    },
    plays: (next) => void (play = typeof next === "string" ? answersWith(next) : next),
    requested: (count) => nth(() => requests, count),
    connected: (count) => nth(() => connections, count),
    forget() {
      requests = [];
      connections = [];
      play = answersWith(OK);
    },
    refuse: () => listener.stop(),
    stop() {
      listener.stop();
      for (const connection of open) connection.reset();
    },
  };
}

/** Starts a raw upstream for all tests of a file. It forgets before each of them, and stops after the last. */
export function sharedUpstream(options?: RawUpstreamOptions): RawUpstream {
  const upstream = shared(rawUpstream(options));
  beforeEach(() => upstream.forget());
  return upstream;
}

/** What an upstream has for the next request on a connection, in milliseconds: more than any test takes. */
const FOREVER = 600_000;

/** Answers with these bytes once the whole request came. */
export function answersWith(bytes: string): Play {
  return async ({ connection, content }) => {
    await content();
    connection.write(bytes);
  };
}

/** The bytes of an answer with these field lines. */
export function answerBytes(status: number, lines: readonly string[] = [], content = ""): string {
  return `HTTP/1.1 ${status} Whatever\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n${content}`;
}

/** What a raw upstream answers by default. */
export const OK = answerBytes(200, ["Content-Type: text/plain", "Content-Length: 2"], "ok");
