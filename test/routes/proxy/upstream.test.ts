import { afterEach, describe, expect, spyOn, test } from "bun:test";
import { LIMITS } from "../../../src/limits.ts";
import { NO_NAME } from "../../support/no-name.ts";
import { deafPort, refusingPort } from "../../support/taken-ports.ts";
import { freePort } from "../../support/program.ts";
import { proxyGate, type ProxyGate, type ProxyGateOptions } from "../../support/proxy-gate.ts";
import { answer } from "../../support/raw-message.ts";
import { rawUpstream, sharedUpstream } from "../../support/raw-upstream.ts";
import { shared } from "../../support/shared.ts";

const upstream = sharedUpstream();
const refusing = shared(refusingPort());
const gates: ProxyGate[] = [];
afterEach(async () => {
  for (const gate of gates.splice(0)) {
    expect([gate.counted(), gate.others]).toEqual([0, []]);
    await gate.stop();
  }
});

async function gateTo(url: string, route: object = {}, options: ProxyGateOptions = {}): Promise<ProxyGate> {
  const gate = await proxyGate(url, { route, ...options });
  gates.push(gate);
  return gate;
}

const request = (method: string, ...lines: string[]) =>
  `${method} /x HTTP/1.1\r\nHost: gate.test\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`;

/** Sends a request, and returns the status and content of its answer, and the cause of its refusal. */
async function outcome(gate: ProxyGate, bytes = request("GET")) {
  const client = await gate.client();
  client.write(bytes);
  const { start, content } = await answer(client);
  const over = await gate.over();
  client.reset();
  return [start, content, over.kind === "refused" ? over.refusal.cause : null];
}

const failed = (cause: string) => [
  "HTTP/1.1 502 Bad Gateway",
  '{"text":"Bad gateway","status":"error"}',
  `upstream ${cause}`,
];
const timedOut = (cause: string) => [
  "HTTP/1.1 504 Gateway Timeout",
  '{"text":"Gateway timeout","status":"error"}',
  `upstream ${cause}`,
];
const OK = ["HTTP/1.1 200 OK", "ok", null];
const silent = () => {};

describe("an upstream that can't be reached", () => {
  test.each([
    ["refused", () => `http://127.0.0.1:${refusing.port}`],
    ["refused", () => "unix:/none.sock"],
    ["unresolved", () => `http://${NO_NAME}`],
  ])("is noted as %s", async (cause, url) => {
    expect(await outcome(await gateTo(url()))).toEqual(failed(cause));
  });

  test("is connected to again for each request", async () => {
    const port = freePort();
    const gate = await gateTo(`http://127.0.0.1:${port}`);
    expect(await outcome(gate)).toEqual(failed("refused"));
    const started = rawUpstream({ port });
    expect(await outcome(gate)).toEqual(OK);
    started.refuse();
    (await started.connected(1)).end();
    await (
      await started.connected(1)
    ).closed;
    expect(await outcome(gate)).toEqual(failed("refused"));
  });

  test("within connect_timeout gets 504, also if the TLS handshake is not complete in time", async () => {
    const deaf = await deafPort();
    const gate = await gateTo(`http://127.0.0.1:${deaf.port}`, { connect_timeout: 0.1 });
    expect(await outcome(gate)).toEqual(timedOut("connect_timeout"));
    const tls = await gateTo(`https://127.0.0.1:${upstream.port}`, { connect_timeout: 0.1 });
    expect(await outcome(tls)).toEqual(timedOut("connect_timeout"));
    await (
      await upstream.connected(1)
    ).closed;
    deaf.stop();
  });

  test("that hangs in the TLS handshake is disconnected once the client leaves", async () => {
    const gate = await gateTo(`https://127.0.0.1:${upstream.port}`);
    const client = await gate.client();
    client.write(request("GET"));
    const connection = await upstream.connected(1);
    client.reset();
    expect(await gate.over()).toMatchObject({ status: 499, exchange: { aborted: true, upstream: null } });
    await connection.closed;
    expect(upstream.requests).toEqual([]);
  });
});

describe("timeout", () => {
  test("ends a request that is not answered in time, once", async () => {
    const gate = await gateTo(upstream.url, { timeout: 0.1 });
    expect(await outcome(gate)).toEqual(OK);
    upstream.plays(silent);
    expect(await outcome(gate)).toEqual(timedOut("timeout"));
    // It was a reused connection, but not one that closed.
    expect([upstream.requests.length, upstream.connections.length]).toEqual([2, 1]);
    expect(await (await upstream.connected(1)).closed).toBe("reset");
  });

  test("ends a request of which the upstream reads no more", async () => {
    const gate = await gateTo(upstream.url, { timeout: 0.1 });
    upstream.plays(({ connection }) => connection.pause());
    const upload = request("POST", "Content-Length: 9000000") + "x".repeat(9_000_000);
    expect(await outcome(gate, upload)).toEqual(timedOut("timeout"));
    (await upstream.connected(1)).reset();
  });

  test("does not count the time of the client, or that after the head", async () => {
    const gate = await gateTo(upstream.url, { timeout: 0.1 });
    upstream.plays(silent);
    const [uploading, streaming, due] = [await gate.client(), await gate.client(), await gate.client()];
    uploading.write(`${request("POST", "Content-Length: 2")}o`);
    await upstream.requested(1);
    upstream.plays(({ connection }) =>
      connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n"),
    );
    streaming.write(request("GET"));
    await streaming.sees("1\r\no\r\n");
    // Another request that times out, started later than both.
    upstream.plays(silent);
    due.write(request("GET"));
    expect((await answer(due)).start).toBe("HTTP/1.1 504 Gateway Timeout");
    (await upstream.connected(2)).write("1\r\nk\r\n0\r\n\r\n");
    expect(await answer(streaming)).toMatchObject({ start: "HTTP/1.1 200 OK", content: "ok" });
    uploading.write("k");
    const { connection, content } = await upstream.requested(1);
    expect(await content()).toBe("ok");
    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    expect(await answer(uploading)).toMatchObject({ start: "HTTP/1.1 200 OK", content: "ok" });
    for (const client of [uploading, streaming, due]) client.reset();
    for (let times = 0; times < 3; times += 1) await gate.over();
  });

  test("is not connect_timeout: a connected upstream may answer late", async () => {
    const gate = await gateTo(upstream.url, { connect_timeout: 0.1 });
    const deaf = await deafPort();
    const other = await gateTo(`http://127.0.0.1:${deaf.port}`, { connect_timeout: 0.1 });
    upstream.plays(silent);
    const answered = outcome(gate);
    const { connection } = await upstream.requested(1);
    // Its connect_timeout began later.
    expect(await outcome(other)).toEqual(timedOut("connect_timeout"));
    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    expect(await answered).toEqual(OK);
    deaf.stop();
  });
});

test("a request that can't be retried does not reuse a connection that its upstream may be closing", async () => {
  const gate = await gateTo(upstream.url);
  const connectionsAfter = async (method: string) => {
    expect(await outcome(gate, request(method))).toEqual(OK);
    return upstream.connections.length;
  };
  const counts = [];
  for (const method of ["GET", "POST", "DELETE"]) counts.push(await connectionsAfter(method));
  expect(counts).toEqual([1, 1, 1]);
  const now = performance.now.bind(performance);
  const clock = spyOn(performance, "now").mockImplementation(() => now() + LIMITS.upstreamFresh);
  counts.length = 0;
  // Two are idle now. The one that became idle last is reused first.
  for (const method of ["DELETE", "GET", "POST"]) counts.push(await connectionsAfter(method));
  clock.mockRestore();
  expect(counts).toEqual([2, 2, 2]);
});
