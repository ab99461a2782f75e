import { expect, test } from "bun:test";
import { configWith, executable, start } from "../support/program.ts";
import { converse } from "../support/raw-socket.ts";

const CONFIG = configWith({
  routes: [
    { path: "/ping", handler: "ping" },
    { path: "/metrics", handler: "metrics" },
  ],
  exclude_routes: ["/metrics"],
});

test.concurrent(
  "the executable keeps descriptors for clients with a token while others hold as many as they can",
  async () => {
    const server = await start(CONFIG, ["sh", "-c", 'ulimit -n 128 && exec "$0"', executable()]);
    const opened: Bun.Socket[] = [];
    const short = server.wrote(
      "of 128 file descriptors are open: connections without a user or to an upstream now close",
    );
    for (let index = 0; index < 100; index += 1) {
      const open = (socket: Bun.Socket) => void socket.write("GET /ping HTTP/1.1\r\nHost: a\r\n\r\n");
      const socket = { open, data() {} };
      opened.push(await Bun.connect({ hostname: "127.0.0.1", port: server.port, socket }));
    }
    await short;
    const ask = async (path: string, header: string) =>
      await converse(server.port, `GET ${path} HTTP/1.1\r\nHost: a\r\n${header}\r\n`, (answer) =>
        /\}$|\n$/.test(answer.split("\r\n\r\n")[1] ?? ""),
      );
    const pong = await ask("/ping", "Authorization: Token token1\r\n");
    expect(pong).toStartWith("HTTP/1.1 200 ");
    expect(pong).not.toMatch(/^connection:/im);
    const refused = await ask("/ping", "");
    expect(refused).toStartWith("HTTP/1.1 401 ");
    expect(refused).toMatch(/^connection: close\r$/im);
    const metrics = await ask("/metrics", "");
    expect(metrics).toMatch(/^connection: close\r$/im);
    const counted = /^token_server_closed_connections_total\{reason="descriptors"\} (\d+)$/m.exec(
      metrics,
    )?.[1];
    expect(Number(counted)).toBeGreaterThanOrEqual(1);
    for (const socket of opened) socket.terminate();
    await server.wrote(
      "of 128 file descriptors are open: connections without a user or to an upstream stay open again",
    );
    const { code, out } = await server.stop();
    expect(code).toBe(0);
    expect(out.match(/file descriptors are open/g)).toHaveLength(2);
  },
  20_000,
);

test.concurrent(
  "the executable closes an idle connection without a user before one with a token",
  async () => {
    const server = await start(CONFIG);
    const order: string[] = [];
    const first = Promise.withResolvers<void>();
    const connect = async (name: string, header: string) =>
      await Bun.connect({
        hostname: "127.0.0.1",
        port: server.port,
        socket: {
          open: (socket) => void socket.write(`GET /ping HTTP/1.1\r\nHost: a\r\n${header}\r\n`),
          data() {},
          close() {
            order.push(name);
            first.resolve();
          },
        },
      });
    const user = await connect("with a token", "Authorization: Token token1\r\n");
    await connect("without", "");
    await first.promise;
    expect(order).toEqual(["without"]);
    user.terminate();
    await server.stop();
  },
  20_000,
);
