import { afterEach, describe, expect, test } from "bun:test";
import { proxyGate, type ProxyGate } from "../../support/proxy-gate.ts";
import type { RawConnection } from "../../support/raw-connection.ts";
import { answer } from "../../support/raw-message.ts";
import { OK, sharedUpstream } from "../../support/raw-upstream.ts";

const upstream = sharedUpstream();
let gate: ProxyGate;
// Each test begins with an empty pool.
afterEach(async () => {
  expect([gate.counted(), gate.others]).toEqual([0, []]);
  await gate.stop();
});

const BAD_GATEWAY = {
  start: "HTTP/1.1 502 Bad Gateway",
  content: '{"text":"Bad gateway","status":"error"}',
};

/** A client, and this many idle connections to the upstream, each of which has carried a request. */
async function idleConnections(count = 1): Promise<RawConnection> {
  gate = await proxyGate(upstream.url);
  const client = await gate.client();
  const clients = [client];
  while (clients.length < count) clients.push(await gate.client());
  upstream.plays(() => {});
  for (const one of clients) one.write("GET /first HTTP/1.1\r\nHost: gate.test\r\n\r\n");
  await upstream.requested(count);
  for (const { connection } of upstream.requests) connection.write(OK);
  for (const one of clients) {
    expect((await answer(one)).content).toBe("ok");
    expect(await gate.over()).toMatchObject({ kind: "answered", status: 200 });
    if (one !== client) one.reset();
  }
  return client;
}

/** Answers each of the next requests with the next of these texts, or the last one, then closes the connection. */
function closesAfter(...plays: readonly string[]): void {
  const left = [...plays];
  upstream.plays(async ({ connection }) => {
    await connection.repeat((left.length > 1 ? left.shift() : left[0]) ?? "", 1);
    connection.end();
  });
}

function streamed(text: string): string {
  const size = text.length.toString(16);
  return `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${size}\r\n${text}\r\n0\r\n\r\n`;
}

/** For each request, the index of its connection. */
const indexes = () => upstream.requests.map(({ connection }) => upstream.connections.indexOf(connection));
const ask = (client: RawConnection, method: string, rest = "\r\n") =>
  client.write(`${method} /x HTTP/1.1\r\nHost: gate.test\r\n${rest}`);

describe("a request on a reused connection that closes without a byte", () => {
  test.each(["GET", "HEAD", "OPTIONS", "QUERY"])("is retried if it is a %s", async (method) => {
    const client = await idleConnections();
    closesAfter("", OK);
    ask(client, method);
    expect(await answer(client, method)).toMatchObject({
      start: "HTTP/1.1 200 OK",
      content: method === "HEAD" ? "" : "ok",
    });
    expect(await gate.over()).toMatchObject({ status: 200, exchange: { upstream: { cause: null } } });
    const [, lost, again] = upstream.requests;
    expect([indexes(), again?.bytes]).toEqual([[0, 0, 1], lost?.bytes]);
    client.reset();
  });

  test("is retried after a reset", async () => {
    const client = await idleConnections();
    upstream.plays(({ connection }) => {
      upstream.plays(OK);
      connection.reset();
    });
    ask(client, "GET");
    expect(await answer(client)).toMatchObject({ start: "HTTP/1.1 200 OK", content: "ok" });
    await gate.over();
    expect(indexes()).toEqual([0, 0, 1]);
    client.reset();
  });

  test("is retried over a new connection, not another idle one, and only once", async () => {
    const client = await idleConnections(3);
    closesAfter("");
    ask(client, "GET");
    expect(await answer(client)).toMatchObject(BAD_GATEWAY);
    expect(await gate.over()).toMatchObject({ status: 502, refusal: { cause: "upstream reset" } });
    const [, , , once, twice] = indexes();
    expect([upstream.requests.length, upstream.connections.length]).toEqual([5, 4]);
    expect([once === 3, twice]).toEqual([false, 3]);
    client.reset();
  });

  test.each([
    ["POST", "Content-Length: 1\r\n\r\na"],
    ["POST", "\r\n"],
    ["PUT", "\r\n"],
    ["PATCH", "\r\n"],
    ["DELETE", "\r\n"],
    ["PROPFIND", "\r\n"],
    ["OPTIONS", "Content-Length: 1\r\n\r\na"],
    ["QUERY", "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"],
  ])("is not retried if it is a %s (%j)", async (method, rest) => {
    const client = await idleConnections();
    closesAfter("", OK);
    ask(client, method, rest);
    expect(await answer(client)).toMatchObject(BAD_GATEWAY);
    expect(await gate.over()).toMatchObject({ status: 502, refusal: { cause: "upstream reset" } });
    expect(indexes()).toEqual([0, 0]);
    client.reset();
  });
});

describe("a GET is not retried", () => {
  test.each([
    ["one byte", "H"],
    ["an informational answer", "HTTP/1.1 103 Early Hints\r\n\r\n"],
    ["half of an answer", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab"],
  ])("after %s", async (_, play) => {
    const client = await idleConnections();
    closesAfter(play);
    ask(client, "GET");
    expect(await answer(client)).toMatchObject(BAD_GATEWAY);
    expect(await gate.over()).toMatchObject({ status: 502, refusal: { cause: "upstream reset" } });
    expect(indexes()).toEqual([0, 0]);
    client.reset();
  });

  test("over a connection that was not reused", async () => {
    gate = await proxyGate(upstream.url);
    const client = await gate.client();
    closesAfter("", OK);
    ask(client, "GET");
    expect(await answer(client)).toMatchObject(BAD_GATEWAY);
    await gate.over();
    expect(indexes()).toEqual([0]);
    client.reset();
  });
});

test("an idle connection that its upstream closes is not reused", async () => {
  const client = await idleConnections(2);
  const [first, second] = upstream.connections;
  second?.end();
  await second?.closed;
  ask(client, "POST");
  await upstream.requested(3);
  upstream.requests[2]?.connection.write(OK);
  expect(await answer(client)).toMatchObject({ start: "HTTP/1.1 200 OK", content: "ok" });
  await gate.over();
  expect(upstream.requests[2]?.connection).toBe(first as RawConnection);
  client.reset();
});

test("a reused connection carries buffered and streamed answers in turn, each of them intact", async () => {
  const client = await idleConnections();
  const large = "x".repeat(200_000);
  for (const [play, content] of [
    [streamed("one"), "one"],
    [OK, "ok"],
    [streamed(large), large],
    [OK, "ok"],
    [streamed("two"), "two"],
  ] as const) {
    upstream.plays(play);
    ask(client, "GET");
    const { start, content: received } = await answer(client);
    expect([start, received === content]).toEqual(["HTTP/1.1 200 OK", true]);
    expect(await gate.over()).toMatchObject({ kind: "answered", exchange: { sent: content.length } });
  }
  expect(upstream.connections).toHaveLength(1);
  client.reset();
});

test("a complete stream with a slow client frees its connection, and does not disturb the next answer on it", async () => {
  const slow = await idleConnections();
  slow.pause();
  const first = "a".repeat(50_000);
  upstream.plays(streamed(first));
  ask(slow, "GET");
  expect(await gate.over()).toMatchObject({ status: 200, exchange: { sent: first.length } });
  const other = await gate.client();
  const text = "b".repeat(5_000_000);
  upstream.plays(`HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`);
  ask(other, "GET");
  await other.sees("bbbb");
  slow.resume();
  expect((await answer(slow)).content === first).toBeTrue();
  slow.reset();
  expect((await answer(other)).content === text).toBeTrue();
  expect(await gate.over()).toMatchObject({ status: 200, exchange: { sent: text.length } });
  expect(upstream.connections).toHaveLength(1);
  other.reset();
});
