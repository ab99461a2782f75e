import { expect, test } from "bun:test";
import { requestBytes, startGate } from "../support/gate.ts";
import { freePort } from "../support/program.ts";
import { answer, statusOf } from "../support/raw-message.ts";
import { rawUpstream, type RawUpstream } from "../support/raw-upstream.ts";

const CLIENTS = 20;
const REQUESTS = 1000;

test("1,000 requests while the upstream is killed and restarted are all answered, and no POST is doubled", async () => {
  const port = freePort();
  const received = new Map<string, number>();
  const gate = await startGate([{ path: "/*", proxy: `http://127.0.0.1:${port}`, connect_timeout: 5 }]);
  const running: RawUpstream[] = [];
  const begin = () => {
    const upstream = rawUpstream({ port });
    running.push(upstream);
    upstream.plays(async ({ start, connection, content }) => {
      received.set(start, (received.get(start) ?? 0) + 1);
      await content();
      connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
  };
  begin();

  let sent = 0;
  const statuses = new Map<number, number>();
  const client = async () => {
    while (sent < REQUESTS) {
      const number = (sent += 1);
      // Every fiftieth request meets an upstream that was just killed, or that just came back.
      if (number % 50 === 0) {
        const upstream = running.pop();
        if (upstream === undefined) begin();
        else upstream.stop();
      }
      const connection = await gate.client();
      const isPost = number % 2 === 0;
      const lines = isPost ? ["Content-Length: 2"] : [];
      const options = isPost ? { method: "POST", content: "hi" } : {};
      connection.write(requestBytes(`/${number}`, lines, options));
      const status = statusOf(await answer(connection));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      connection.reset();
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));

  const found = [...statuses.keys()].filter((status) => ![200, 502, 504].includes(status));
  expect(found).toEqual([]);
  expect([...statuses.values()].reduce((sum, count) => sum + count, 0)).toBe(REQUESTS);
  expect(statuses.get(200)).toBeGreaterThan(REQUESTS / 4);
  expect(statuses.get(502)).toBeGreaterThan(0);
  const doubled = [...received].filter(([start, count]) => start.startsWith("POST ") && count > 1);
  expect(doubled).toEqual([]);
  running.pop()?.stop();
  expect((await gate.stop()).code).toBe(0);
}, 60_000);
