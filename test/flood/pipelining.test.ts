import { describe, expect, test } from "bun:test";
import { configWith, start } from "../support/program.ts";
import { startShared } from "../support/shared.ts";

const server = startShared(() =>
  start(
    configWith(
      {
        routes: [
          { path: "/ping", handler: "ping" },
          { path: "/healthz", handler: "health" },
          { path: "/metrics", handler: "metrics" },
        ],
        exclude_routes: ["/healthz", "/metrics"],
      },
      {
        level: [
          { logger: "server_logger.access", level: "ERROR" },
          { logger: "server_logger.auth", level: "ERROR" },
        ],
      },
    ),
  ),
);

const REQUESTS = 20_000;

/** Sends the same request again and again without waiting for an answer; counts answers until the end of either. */
async function pipelined(head: string): Promise<{ answers: number; closed: boolean; statuses: Set<string> }> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const statuses = new Set<string>();
  let rest = Buffer.from(`${head}\r\n`.repeat(REQUESTS));
  let answers = 0;
  let tail = "";
  const send = (socket: Bun.Socket) => void (rest = rest.subarray(Math.max(0, socket.write(rest))));
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port: server.port,
    socket: {
      open: send,
      drain: send,
      data(_, bytes) {
        const text = tail + bytes.toString("latin1");
        for (const [, status] of text.matchAll(/HTTP\/1\.1 (\d{3}) [^\n]*\n/g)) {
          answers += 1;
          statuses.add(String(status));
        }
        tail = text.slice(text.lastIndexOf("\n"));
        if (answers === REQUESTS) resolve(false);
      },
      close: () => resolve(true),
      error: () => resolve(true),
    },
  });
  const closed = await promise;
  socket.terminate();
  return { answers, closed, statuses };
}

const figure = async (pattern: RegExp) => {
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  return Number(pattern.exec(metrics)?.[1]);
};
const closings = () => figure(/^token_server_closed_connections_total\{reason="pipelining"\} (\d+)$/m);
const scrapes = () =>
  figure(/^token_server_requests_total\{route="\/metrics",method="GET",status="200"\} (\d+)$/m);

describe("the executable", () => {
  const unauthenticated: [string, string][] = [
    ["no token", "GET /ping HTTP/1.1\r\nHost: a\r\n"],
    ["a bad token", "GET /ping HTTP/1.1\r\nHost: a\r\nAuthorization: Token nope\r\n"],
    ["an open route", "GET /healthz HTTP/1.1\r\nHost: a\r\n"],
  ];
  test.each(unauthenticated)("closes a connection that pipelines without end, with %s", async (_, head) => {
    const before = await closings();
    const { answers, closed } = await pipelined(head);
    expect(closed).toBe(true);
    expect(answers).toBeLessThan(REQUESTS);
    expect(await closings()).toBe(before + 1);
  });

  test("closes a connection that pipelines without end, with an expensive open route", async () => {
    await scrapes();
    const before = await scrapes();
    expect((await pipelined("GET /metrics HTTP/1.1\r\nHost: a\r\n")).closed).toBe(true);
    // By this server after a turn, or by the runtime: Bun 1.4.5 drops a client that pipelines while it reads too slowly.
    expect((await scrapes()) - before).toBeWithin(1, REQUESTS);
  });

  test("answers all that a client pipelines with a token", async () => {
    const before = await closings();
    const head = "GET /ping HTTP/1.1\r\nHost: a\r\nAuthorization: Token token1\r\n";
    expect(await pipelined(head)).toEqual({ answers: REQUESTS, closed: false, statuses: new Set(["200"]) });
    expect(await closings()).toBe(before);
  });
});
