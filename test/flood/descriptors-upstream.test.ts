import { expect, test } from "bun:test";
import { configWith, executable, start } from "../support/program.ts";
import { converse } from "../support/raw-socket.ts";
import { OK, rawUpstream, type UpstreamRequest } from "../support/raw-upstream.ts";

const USER = "Host: a\r\nAuthorization: Token token1\r\n\r\n";

test.concurrent(
  "the executable closes idle connections to an upstream while descriptors are short, and keeps none after its answer",
  async () => {
    const upstream = rawUpstream();
    const routes = [
      { path: "/ping", handler: "ping" },
      { path: "/up", proxy: upstream.url },
    ];
    const limited = ["sh", "-c", 'ulimit -n 256 && exec "$0"', executable()];
    const server = await start(configWith({ routes }), limited);
    const ask = async () =>
      await converse(server.port, `GET /up HTTP/1.1\r\n${USER}`, (answer) => answer.endsWith("ok"));

    const waiting: UpstreamRequest[] = [];
    upstream.plays((request) => void waiting.push(request));
    const answers = Array.from({ length: IDLE }, ask);
    await upstream.requested(IDLE);
    for (const { connection } of waiting) connection.write(OK);
    for (const answer of await Promise.all(answers)) expect(answer).toStartWith("HTTP/1.1 200 ");
    const idle = [...upstream.connections];
    expect(idle).toHaveLength(IDLE);
    upstream.forget();

    // Clients with a user, who keep their connections while descriptors are short.
    const short = server.wrote(
      "of 256 file descriptors are open: connections without a user or to an upstream now",
    );
    const open = (socket: Bun.Socket) => void socket.write(`GET /ping HTTP/1.1\r\n${USER}`);
    const opened = await Promise.all(
      Array.from({ length: CLIENTS }, () =>
        Bun.connect({ hostname: "127.0.0.1", port: server.port, socket: { open, data() {} } }),
      ),
    );
    await short;
    expect(await Promise.all(idle.map(({ closed }) => closed))).toEqual(idle.map(() => "ended"));

    for (const _ of [1, 2]) expect(await ask()).toStartWith("HTTP/1.1 200 ");
    const closed = await Promise.all(upstream.connections.map((connection) => connection.closed));
    expect(closed).toEqual(["ended", "ended"]);

    for (const socket of opened) socket.terminate();
    await server.wrote("connections without a user or to an upstream stay open again");
    for (const _ of [1, 2]) expect(await ask()).toStartWith("HTTP/1.1 200 ");
    expect([upstream.connections.length, upstream.requests.length]).toEqual([3, 4]);
    expect((await server.stop()).code).toBe(0);
    upstream.stop();
  },
  20_000,
);

/** Connections to the upstream that are idle before descriptors become short, without which they stay short. */
const IDLE = 30;
/** Clients that hold three quarters of the descriptors together with these. */
const CLIENTS = 170;
