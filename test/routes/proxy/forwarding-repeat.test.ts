import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { proxyGate, type ProxyGate } from "../../support/proxy-gate.ts";
import type { RawConnection } from "../../support/raw-connection.ts";
import { answer } from "../../support/raw-message.ts";
import { OK, rawUpstream, type RawUpstream } from "../../support/raw-upstream.ts";

let upstream: RawUpstream;
let gate: ProxyGate;

beforeAll(() => void (upstream = rawUpstream()));
// Each test begins without a connection.
afterEach(async () => {
  expect([gate.counted(), gate.others]).toEqual([0, []]);
  await gate.stop();
  upstream.forget();
});
afterAll(() => upstream.stop());

const BAD_GATEWAY = {
  start: "HTTP/1.1 502 Bad Gateway",
  content: '{"text":"Bad gateway","status":"error"}',
};

/** A client, and connections to the upstream that have carried a request each. */
async function kept(count = 1): Promise<RawConnection> {
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

/** Answers the next requests with these bytes, then closes the connection; the last of them again and again. */
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

/** The places of the connections over which the requests came. */
const carriers = () => upstream.requests.map(({ connection }) => upstream.connections.indexOf(connection));
const ask = (client: RawConnection, method: string, rest = "\r\n") =>
  client.write(`${method} /x HTTP/1.1\r\nHost: gate.test\r\n${rest}`);

describe("a request on a kept connection that closes without a byte", () => {
  test.each(["GET", "HEAD", "OPTIONS", "QUERY"])("is sent again if it is a %s", async (method) => {
    const client = await kept();
    closesAfter("", OK);
    ask(client, method);
    expect(await answer(client, method)).toMatchObject({
      start: "HTTP/1.1 200 OK",
      content: method === "HEAD" ? "" : "ok",
    });
    expect(await gate.over()).toMatchObject({ status: 200, exchange: { upstream: { cause: null } } });
    const [, lost, again] = upstream.requests;
    expect([carriers(), again?.bytes]).toEqual([[0, 0, 1], lost?.bytes]);
    client.reset();
  });

  test("is sent again if it was reset", async () => {
    const client = await kept();
    upstream.plays(({ connection }) => {
      upstream.plays(OK);
      connection.reset();
    });
    ask(client, "GET");
    expect(await answer(client)).toMatchObject({ start: "HTTP/1.1 200 OK", content: "ok" });
    await gate.over();
    expect(carriers()).toEqual([0, 0, 1]);
    client.reset();
  });

  test("is sent over a new connection, not over another that is kept, and never a third time", async () => {
    const client = await kept(3);
    closesAfter("");
    ask(client, "GET");
    expect(await answer(client)).toMatchObject(BAD_GATEWAY);
    expect(await gate.over()).toMatchObject({ status: 502, refusal: { cause: "upstream reset" } });
    const [, , , once, twice] = carriers();
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
  ])("is not sent again if it is a %s (%j)", async (method, rest) => {
    const client = await kept();
    closesAfter("", OK);
    ask(client, method, rest);
    expect(await answer(client)).toMatchObject(BAD_GATEWAY);
    expect(await gate.over()).toMatchObject({ status: 502, refusal: { cause: "upstream reset" } });
    expect(carriers()).toEqual([0, 0]);
    client.reset();
  });
});

describe("a GET is not sent again", () => {
  test.each([
    ["one byte", "H"],
    ["an informational answer", "HTTP/1.1 103 Early Hints\r\n\r\n"],
    ["half of an answer", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab"],
  ])("after %s", async (_, play) => {
    const client = await kept();
    closesAfter(play);
    ask(client, "GET");
    expect(await answer(client)).toMatchObject(BAD_GATEWAY);
    expect(await gate.over()).toMatchObject({ status: 502, refusal: { cause: "upstream reset" } });
    expect(carriers()).toEqual([0, 0]);
    client.reset();
  });

  test("over a connection that was not used before", async () => {
    gate = await proxyGate(upstream.url);
    const client = await gate.client();
    closesAfter("", OK);
    ask(client, "GET");
    expect(await answer(client)).toMatchObject(BAD_GATEWAY);
    await gate.over();
    expect(carriers()).toEqual([0]);
    client.reset();
  });
});

test("a kept connection that its upstream closes before a request is not used", async () => {
  const client = await kept(2);
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

test("a kept connection carries whole and streamed answers, one after the other, none of which disturbs the next", async () => {
  const client = await kept();
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

test("a stream whose client reads late leaves its connection to others, whom it can't disturb", async () => {
  const late = await kept();
  late.pause();
  const first = "a".repeat(50_000);
  upstream.plays(streamed(first));
  ask(late, "GET");
  expect(await gate.over()).toMatchObject({ status: 200, exchange: { sent: first.length } });
  const other = await gate.client();
  const text = "b".repeat(5_000_000);
  upstream.plays(`HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`);
  ask(other, "GET");
  await other.sees("bbbb");
  late.resume();
  expect((await answer(late)).content === first).toBeTrue();
  late.reset();
  expect((await answer(other)).content === text).toBeTrue();
  expect(await gate.over()).toMatchObject({ status: 200, exchange: { sent: text.length } });
  expect(upstream.connections).toHaveLength(1);
  other.reset();
});
