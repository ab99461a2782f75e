import { expect, test } from "bun:test";
import { configWith, start } from "../support/program.ts";
import { END_STREAM, HEADERS, rawHttp2, type RawHttp2 } from "../support/raw-http2.ts";

const CONNECTIONS = 16;
/** As many as Bun 1.4.5 takes on one connection. */
const STREAMS = 256;
const WAITING = 1024;

const answers = ({ frames }: RawHttp2) => frames.filter(({ type }) => type === HEADERS);

test.concurrent(
  "the executable keeps no more than 1024 answers for clients of HTTP/2 that take none, and those for a short time",
  async () => {
    const server = await start({
      ...configWith({ http2: true }),
      server: {
        http: { ...configWith().server.http, http2: true },
        admin: { unix: "admin.sock" },
      },
    });
    const inFlight = async () => {
      const metrics = await fetch("http://localhost/metrics", { unix: `${server.folder}/admin.sock` });
      return Number(/^token_server_requests_in_flight (\d+)$/m.exec(await metrics.text())?.[1]);
    };
    const clients: RawHttp2[] = [];
    for (let connection = 0; connection < CONNECTIONS; connection += 1) {
      const client = await rawHttp2(server.port, 0);
      clients.push(client);
      for (let stream = 0; stream < STREAMS; stream += 1) client.request();
      await client.until(() => answers(client).length === STREAMS);
    }

    // The request for the metrics is one, too.
    expect(await inFlight()).toBe(WAITING + 1);
    const all = clients.flatMap(answers);
    expect(all).toHaveLength(CONNECTIONS * STREAMS);
    const bare = all.filter(({ flags }) => (flags & END_STREAM) !== 0);
    expect(bare).toHaveLength(CONNECTIONS * STREAMS - WAITING);

    const pong = await fetch(`${server.url}/ping`, { headers: { Authorization: "Token token1" } });
    expect([pong.status, await pong.text()]).toEqual([200, '{"text":"pong","status":"success"}']);
    const refused = await fetch(`${server.url}/ping`);
    expect([refused.status, refused.headers.get("www-authenticate"), await refused.text()]).toEqual([
      401,
      'Token realm="token-server"',
      "",
    ]);

    // What waits is let go long before an idle connection would be.
    await Promise.all(clients.slice(0, WAITING / STREAMS).map(({ closed }) => closed));
    expect(await inFlight()).toBe(1);
    const again = await fetch(`${server.url}/ping`);
    expect(await again.json()).toEqual({ text: "Missing authorization header", status: "error" });
    for (const client of clients) client.terminate();
    expect((await server.stop()).code).toBe(0);
  },
  20_000,
);
