import { expect, test } from "bun:test";
import { configWith, executable, start } from "../support/program.ts";
import { DATA, frame, HEADERS, PING, rawHttp2, WINDOW_UPDATE, type RawHttp2 } from "../support/raw-http2.ts";

const answered = ({ frames }: RawHttp2) => frames.some(({ type }) => type === HEADERS);

test.concurrent(
  "the executable closes idle HTTP/2 connections while descriptors are short, and none with a request in flight",
  async () => {
    const limited = ["sh", "-c", 'ulimit -n 128 && exec "$0"', executable()];
    const server = await start(configWith({ http2: true }), limited);
    const short = server.wrote(
      "of 128 file descriptors are open: connections without a user or to an upstream now close",
    );
    const user = await rawHttp2(server.port, 0);
    user.request({ authorization: "Token token1" });
    await user.until(() => answered(user));

    const idle = await Promise.all(Array.from({ length: 100 }, () => rawHttp2(server.port)));
    for (const client of idle) client.request();
    // With these an idle connection would stay for ever.
    const pings = setInterval(
      () => idle.forEach(({ write }) => write(frame(PING, 0, 0, Buffer.alloc(8)))),
      500,
    );
    await short;
    await Promise.all(idle.map(({ closed }) => closed));
    clearInterval(pings);
    await server.wrote(
      "of 128 file descriptors are open: connections without a user or to an upstream stay open again",
    );

    user.write(frame(WINDOW_UPDATE, 0, 1, Buffer.from([0, 0, 0xff, 0xff])));
    await user.until((frames) => frames.some(({ type }) => type === DATA));
    const content = user.frames.filter(({ type }) => type === DATA).map(({ payload }) => payload.toString());
    expect(content.join("")).toBe('{"text":"pong","status":"success"}');
    user.terminate();
    expect((await server.stop()).code).toBe(0);
  },
  20_000,
);
