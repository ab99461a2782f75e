import { afterAll, expect, test } from "bun:test";
import { configWith, start } from "../support/program.ts";
import { rawClient } from "../support/raw-connection.ts";
import { answer } from "../support/raw-message.ts";

/** As many as there may be by default, but for one. */
const STREAMS = 999;

const enders: (() => void)[] = [];
const upstream = Bun.serve({
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
afterAll(() => upstream.stop(true));

const proxying = (http: object = {}) =>
  configWith({ routes: [{ path: "/*", proxy: `http://127.0.0.1:${upstream.port}` }], ...http });
const request = (path: string) =>
  `GET ${path} HTTP/1.1\r\nHost: gate.test\r\nAuthorization: Token token1\r\n\r\n`;

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
