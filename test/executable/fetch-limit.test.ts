import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { configWith, executable, start, type Program } from "../support/program.ts";
import { needing } from "../support/needing.ts";
import { rawClient } from "../support/raw-connection.ts";
import { answer } from "../support/raw-message.ts";

/** More than Bun's fetch sends at a time by default, 256. */
const STREAMS = 300;
const LIMIT = "BUN_CONFIG_MAX_HTTP_REQUESTS";

let upstream: Bun.Server<unknown>;
const enders: (() => void)[] = [];

beforeAll(() => {
  upstream = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    fetch({ url }) {
      if (url.endsWith("/quick")) return new Response("quick");
      const content = new ReadableStream({
        start(controller) {
          controller.enqueue("data: open\n\n");
          enders.push(() => controller.close());
        },
      });
      return new Response(content, { headers: { "Content-Type": "text/event-stream" } });
    },
  });
});
afterAll(async () => await upstream.stop(true));

const proxying = (http: object = {}) =>
  configWith({ routes: [{ path: "/*", proxy: `http://127.0.0.1:${upstream.port}` }], ...http });
const request = (path: string) =>
  `GET ${path} HTTP/1.1\r\nHost: gate.test\r\nAuthorization: Token token1\r\n\r\n`;

/** The variable in the environment that a program was started with. */
function limitOf({ pid }: Program): string | undefined {
  const variables = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  return variables.find((one) => one.startsWith(`${LIMIT}=`))?.slice(LIMIT.length + 1);
}

test(`${STREAMS} open streams through a proxy route stop no other request`, async () => {
  const server = await start(proxying());
  const clients = await Promise.all(Array.from({ length: STREAMS }, () => rawClient(server.port)));
  for (const client of clients) client.write(request("/events"));
  await Promise.all(clients.map((client) => client.sees("data: open\n\n")));
  const quick = await rawClient(server.port);
  quick.write(request("/quick"));
  expect((await answer(quick)).content).toBe("quick");
  for (const end of enders.splice(0)) end();
  const contents = await Promise.all(clients.map(async (client) => (await answer(client)).content));
  expect(new Set(contents)).toEqual(new Set(["data: open\n\n"]));
  for (const client of [...clients, quick]) client.reset();
  expect((await server.stop()).code).toBe(0);
}, 20_000);

const inProc = needing({ "/proc": existsSync("/proc/self/environ") });

inProc(
  "the executable starts again in its process where fetch sends too few requests at a time",
  async () => {
    const server = await start(proxying({ max_upstream_requests: 500 }), [
      ...[executable(), "serve", "--config", "config.json"],
    ]);
    expect(limitOf(server)).toBe("564");
    const arguments_ = readFileSync(`/proc/${server.pid}/cmdline`, "utf8").split("\0");
    expect(arguments_.slice(1, 4)).toEqual(["serve", "--config", "config.json"]);
    expect(await server.stop()).toMatchObject({ code: 0, err: "" });
  },
);

inProc(
  "the executable does not start again without a proxy route, or where the limit is high enough",
  async () => {
    const plain = await start();
    expect(limitOf(plain)).toBeUndefined();
    expect((await plain.stop()).code).toBe(0);
    const high = await start(proxying(), ["env", `${LIMIT}=2000`, executable()]);
    expect(limitOf(high)).toBe("2000");
    expect((await high.stop()).code).toBe(0);
  },
);
