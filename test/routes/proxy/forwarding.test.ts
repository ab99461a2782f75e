import { afterEach, describe, expect, test } from "bun:test";
import { LIMITS } from "../../../src/limits.ts";
import { proxyGate } from "../../support/proxy-gate.ts";
import { answer, head } from "../../support/raw-message.ts";
import { sharedUpstream } from "../../support/raw-upstream.ts";
import { startShared } from "../../support/shared.ts";

const upstream = sharedUpstream();
const gate = startShared(() => proxyGate(upstream.url));
afterEach(() => expect([gate.counted(), gate.others]).toEqual([0, []]));

/** Sends a request without content to the upstream, and resolves to both ends of the gate. */
async function asked(play: string, method = "GET") {
  gate.idles.length = 0;
  upstream.plays(({ connection }) => connection.write(play));
  const client = await gate.client();
  client.write(`${method} /x HTTP/1.1\r\nHost: gate.test\r\n\r\n`);
  const { connection } = await upstream.requested(1);
  return { client, connection };
}

const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
const EVENTS = `${OK}Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n`;

describe("an answer that is passed on", () => {
  test.each([
    ["whole", "GET", `${OK}Content-Length: 2\r\n\r\nok`, "ok", 2],
    ["without a type", "GET", `${OK}Content-Length: 0\r\n\r\n`, "", 0],
    ["to HEAD", "HEAD", `${OK}Content-Length: 2\r\n\r\n`, "", 0],
    ["with 204", "GET", "HTTP/1.1 204 No Content\r\n\r\n", "", 0],
    ["with 205", "GET", "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n", "", 0],
    ["with 304", "GET", "HTTP/1.1 304 Not Modified\r\nETag: a\r\n\r\n", "", 0],
  ])(
    "%s leaves the limit, and the idle time of its connection as it is",
    async (_, method, play, content, sent) => {
      const { client } = await asked(play, method);
      expect((await answer(client, method)).content).toBe(content);
      expect(await gate.over()).toMatchObject({ kind: "answered", exchange: { sent, aborted: false } });
      expect(gate.idles).toEqual([]);
      client.reset();
    },
  );

  test("late is not limited by the idle timeout, which is restored afterwards", async () => {
    const { client, connection } = await asked("");
    await gate.idle(0);
    connection.write(`${OK}Content-Length: 2\r\n\r\nok`);
    expect((await answer(client)).content).toBe("ok");
    await gate.over();
    expect(gate.idles).toEqual([0, LIMITS.idleSeconds]);
    client.reset();
  });

  test.each([
    ["in chunks", CHUNKED, [124]],
    ["as events", EVENTS, [0]],
  ])("%s has an idle time of its own, and another one afterwards", async (_, play, idles) => {
    const { client, connection } = await asked(`${play}1\r\na\r\n`);
    await client.sees("a\r\n");
    expect(gate.idles).toEqual(idles);
    connection.write("0\r\n\r\n");
    expect((await answer(client)).content).toBe("a");
    expect(await gate.over()).toMatchObject({ kind: "answered", exchange: { sent: 1, aborted: false } });
    expect(gate.idles).toEqual([...idles, LIMITS.unauthenticatedIdleSeconds]);
    client.reset();
  });
});

describe("a client that leaves", () => {
  test("before the head of the answer ends the request at the upstream", async () => {
    const { client, connection } = await asked("");
    client.reset();
    expect(await gate.over()).toMatchObject({
      kind: "refused",
      status: 499,
      refusal: { code: "client_left", text: "Client closed the connection" },
      exchange: { aborted: true, upstream: null },
    });
    expect(await connection.closed).toBe("reset");
  });

  test.each([
    ["a whole answer", `${OK}Content-Length: 4\r\n\r\nab`],
    ["a whole answer in pieces", `${OK}Content-Length: 100000\r\n\r\nab`],
  ])("in %s ends it too, and is no failure of the upstream", async (_, play) => {
    const { client, connection } = await asked(play);
    await gate.looked(2);
    client.reset();
    expect(await gate.over()).toMatchObject({
      kind: "refused",
      status: 499,
      exchange: { aborted: true, upstream: { status: 200, cause: null } },
    });
    expect(await connection.closed).toBe("reset");
  });

  test.each([
    ["an answer in chunks", `${CHUNKED}1\r\na\r\n`],
    ["events", `${EVENTS}1\r\na\r\n`],
    ["events before the first", EVENTS],
  ])("in %s ends it too, and is no failure of the upstream", async (_, play) => {
    const { client, connection } = await asked(play);
    await client.take(head);
    client.reset();
    expect(await gate.over()).toMatchObject({
      kind: "answered",
      status: 200,
      exchange: { aborted: true, upstream: { status: 200, cause: null } },
    });
    expect(await connection.closed).toBe("reset");
  });

  test("after all of a chunked request ends it too", async () => {
    upstream.plays(() => {});
    const client = await gate.client();
    client.write(
      "POST /x HTTP/1.1\r\nHost: gate.test\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
    );
    const { connection, content } = await upstream.requested(1);
    expect(await content()).toBe("a");
    client.reset();
    expect(await gate.over()).toMatchObject({ kind: "refused", status: 499, exchange: { aborted: true } });
    expect(await connection.closed).toBe("reset");
  });
});

describe("an upstream", () => {
  const BAD_GATEWAY = {
    start: "HTTP/1.1 502 Bad Gateway",
    content: '{"text":"Bad gateway","status":"error"}',
  };

  test.each([
    ["half a head", "HTTP/1.1 200 OK\r\nX", null],
    ["nothing", "", null],
    ["half of a whole answer", `${OK}Content-Length: 4\r\n\r\nab`, 200],
    ["half of a whole answer in pieces", `${OK}Content-Length: 100000\r\n\r\nab`, 200],
  ])("that breaks off after %s gets 502", async (_, play, status) => {
    const { client, connection } = await asked(play);
    connection.end();
    expect(await answer(client)).toMatchObject(BAD_GATEWAY);
    expect(await gate.over()).toMatchObject({
      kind: "refused",
      status: 502,
      refusal: { cause: "upstream reset" },
      exchange: { aborted: false, upstream: { status, cause: "reset" } },
    });
    expect(gate.idles).toEqual([]);
    client.reset();
  });

  test("that breaks off late gets 502, and the idle time of the connection is restored", async () => {
    const { client, connection } = await asked("");
    await gate.idle(0);
    connection.end();
    expect(await answer(client)).toMatchObject(BAD_GATEWAY);
    expect(await gate.over()).toMatchObject({ kind: "refused", status: 502 });
    expect(gate.idles).toEqual([0, LIMITS.idleSeconds]);
    client.reset();
  });

  test("that closes amid a stream cuts off the client's connection, and is noted", async () => {
    const { client, connection } = await asked(`${CHUNKED}1\r\na\r\n`);
    await client.sees("a\r\n");
    connection.reset();
    expect(await client.closed).toBe("reset");
    expect(client.received).not.toContain("0\r\n\r\n");
    expect(await gate.over()).toMatchObject({
      kind: "answered",
      status: 200,
      exchange: { sent: 1, aborted: false, upstream: { status: 200, cause: "reset" } },
    });
  });

  test.each([
    ["two lengths in one", "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok"],
    [
      "a length and chunks",
      `${OK}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
    ],
    ["content in another coding", `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`],
    ["content in no coding", `${OK}Transfer-Encoding: identity\r\n\r\nok`],
    ["a status of 600", "HTTP/1.1 600 Odd\r\nContent-Length: 0\r\n\r\n"],
    ["an unasked upgrade", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"],
    ["no HTTP", "220 mail.example ESMTP\r\n\r\n"],
  ])("that sends %s gets 502", async (_, play) => {
    const { client } = await asked(play);
    expect(await answer(client)).toMatchObject(BAD_GATEWAY);
    expect(await gate.over()).toMatchObject({
      kind: "refused",
      status: 502,
      refusal: { cause: "upstream invalid_answer" },
      exchange: { upstream: { cause: "invalid_answer" } },
    });
    client.reset();
  });
});
