import { describe, expect, test } from "bun:test";
import { certified } from "../../support/certificates.ts";
import { deafPort } from "../../support/taken-ports.ts";
import { proxyGate, type ProxyGate, type ProxyGateOptions } from "../../support/proxy-gate.ts";
import { answer, ask, type RawMessage } from "../../support/raw-message.ts";
import { rawUpstream, sharedUpstream } from "../../support/raw-upstream.ts";
import { startShared } from "../../support/shared.ts";

const upstream = sharedUpstream();
const gate = startShared(() => proxyGate(upstream.url));

/** Runs a gate for as long as a test needs it; nothing may be left of its requests. */
async function within(options: ProxyGateOptions, act: (gate: ProxyGate) => Promise<void>, to = upstream) {
  const own = await proxyGate(to.url, options);
  await act(own);
  expect(own.counted()).toBe(0);
  await own.stop();
}

const request = (start: string, ...lines: string[]) =>
  [`${start} HTTP/1.1`, "Host: gate.test", ...lines, "", ""].join("\r\n");
const error = (text: string) => JSON.stringify({ text, status: "error" });
const shown = ({ start, content }: RawMessage) => [start, content];

describe("a proxy route", () => {
  test.each([
    ["GET with a length", "GET /x", "Content-Length: 3"],
    ["HEAD with a length", "HEAD /x", "Content-Length: 3"],
  ])("refuses the content of a %s, which Bun would drop", async (_, start, line) => {
    const given = await ask(await gate.client(), `${request(start, line)}abc`);
    expect(given.start).toBe("HTTP/1.1 400 Bad Request");
    if (start.startsWith("GET")) expect(given.content).toBe(error("Unexpected content"));
    expect(given.values("connection")).toEqual(["close"]);
    expect(await gate.over()).toMatchObject({ kind: "refused", refusal: { code: "request_invalid" } });
    expect([upstream.requests, gate.counted()]).toEqual([[], 0]);
  });

  test("accepts a GET with empty content", async () => {
    expect((await ask(await gate.client(), request("GET /x", "Content-Length: 0"))).content).toBe("ok");
    await gate.over();
  });

  test("refuses TRACE, and says which methods it takes", async () => {
    const given = await ask(await gate.client(), request("TRACE /x"));
    expect(shown(given)).toEqual(["HTTP/1.1 405 Method Not Allowed", error("Method not allowed")]);
    expect(given.values("allow")).toEqual(["GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, QUERY, PROPFIND"]);
    await gate.over();
    expect([upstream.requests, gate.counted()]).toEqual([[], 0]);
  });

  test.each([
    ["is not connected gets", false, "connect_timeout"],
    [
      "has sent its content keeps its time, whether the upstream takes another connection or not, and gets",
      true,
      "timeout",
    ],
  ])("a POST that %s 504", async (_, isConnected, cause) => {
    const deaf = await deafPort(isConnected);
    const route = { connect_timeout: 0.1, timeout: 0.5 };
    const own = await proxyGate(`http://127.0.0.1:${deaf.port}`, { route });
    const given = await ask(await own.client(), `${request("POST /x", "Content-Length: 3")}abc`);
    expect(shown(given)).toEqual(["HTTP/1.1 504 Gateway Timeout", error("Gateway timeout")]);
    expect(await own.over()).toMatchObject({ status: 504, exchange: { upstream: { cause } } });
    expect(own.counted()).toBe(0);
    await own.stop();
    deaf.stop();
  });

  test("refuses what is beyond the limit at once, and takes the next when one is over", async () => {
    await within({ max: 1 }, async (small) => {
      upstream.plays(() => new Promise(() => {}));
      const [first, second] = [await small.client(), await small.client()];
      first.write(request("GET /first"));
      await upstream.requested(1);
      second.write(request("GET /second"));
      const given = await answer(second);
      expect(shown(given)).toEqual([
        "HTTP/1.1 503 Service Unavailable",
        error("Too many requests in progress"),
      ]);
      expect(given.values("retry-after")).toEqual(["1"]);
      expect(await small.over()).toMatchObject({
        refusal: { code: "upstream_busy" },
        exchange: { upstream: null },
      });
      first.reset();
      await small.over();
      upstream.forget();
      second.write(request("GET /third"));
      expect((await answer(second)).content).toBe("ok");
      await small.over();
      second.reset();
    });
  });

  test("counts nothing where a fault comes before the upstream", async () => {
    const identify = () => {
      throw new Error("the cause");
    };
    await within({ identify, max: 1 }, async (faulty) => {
      for (let round = 0; round < 2; round += 1) {
        const given = await ask(await faulty.client(), request("GET /x"));
        expect(shown(given)).toEqual(["HTTP/1.1 500 Internal Server Error", error("Internal server error")]);
        expect(await faulty.over()).toMatchObject({ kind: "failed" });
      }
      expect(upstream.requests).toEqual([]);
    });
  });

  test("forwards the path without the part of its own, and the query", async () => {
    await within({ route: { path: "/api/v1/*", strip_prefix: true } }, async (stripping) => {
      for (const [target, sent] of [
        ["/api/v1/x?a=b", "/x?a=b"],
        ["/api/v1", "/"],
        ["/%61pi/v1/", "/"],
      ]) {
        upstream.forget();
        await ask(await stripping.client(), request(`GET ${target}`));
        expect((await upstream.requested(1)).start).toBe(`GET ${sent} HTTP/1.1`);
        await stripping.over();
      }
    });
  });

  test("answers 502 and 504 in JSON, and shows nothing of the upstream", async () => {
    const { cert, key } = certified("localhost");
    const secure = rawUpstream({ tls: { cert, key } });
    await within(
      {},
      async (wary) => {
        const given = await ask(await wary.client(), request("GET /x"));
        expect(shown(given)).toEqual(["HTTP/1.1 502 Bad Gateway", error("Bad gateway")]);
        expect(await wary.over()).toMatchObject({
          refusal: { code: "upstream_failed", cause: "upstream tls" },
          exchange: { upstream: { status: null, cause: "tls" } },
        });
      },
      secure,
    );
    const route = { tls: { insecure: true }, timeout: 0.1 };
    await within(
      { route },
      async (trusting) => {
        expect((await ask(await trusting.client(), request("GET /x"))).content).toBe("ok");
        await trusting.over();
        secure.plays(() => new Promise(() => {}));
        const given = await ask(await trusting.client(), request("GET /x"));
        expect(shown(given)).toEqual(["HTTP/1.1 504 Gateway Timeout", error("Gateway timeout")]);
        expect(await trusting.over()).toMatchObject({
          refusal: { code: "upstream_timeout", cause: "upstream timeout" },
          exchange: { upstream: { status: null, cause: "timeout" } },
        });
      },
      secure,
    );
    secure.stop();
  });

  test("gives up on an upstream that reads no more of a request for longer than timeout", async () => {
    await within({ route: { timeout: 0.2 } }, async (strict) => {
      upstream.plays(({ connection }) => (connection.pause(), new Promise(() => {})));
      const client = await strict.client();
      client.write(request("POST /x", "Content-Length: 9000000"));
      void client.repeat("x".repeat(65_536), 120);
      const given = await answer(client);
      expect(shown(given)).toEqual(["HTTP/1.1 504 Gateway Timeout", error("Gateway timeout")]);
      expect(await strict.over()).toMatchObject({ exchange: { upstream: { cause: "timeout" } } });
      client.reset();
    });
  });

  test("lets a client be slower than timeout", async () => {
    await within({ route: { timeout: 0.1 } }, async (patient) => {
      const client = await patient.client();
      client.write(`${request("POST /x", "Content-Length: 6")}abc`);
      await (await upstream.requested(1)).connection.sees("abc");
      await Bun.sleep(250);
      client.write("def");
      expect((await answer(client)).content).toBe("ok");
      await patient.over();
      client.reset();
    });
  });

  test("cuts off a short answer that pauses too long, but not one that is only slow", async () => {
    const length = 60_000;
    await within({ route: { idle_timeout: 1 } }, async (strict) => {
      upstream.plays(async ({ connection }) => {
        connection.write(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`);
        for (let piece = 0; piece < 3; piece += 1) {
          await Bun.sleep(500);
          connection.write("x".repeat(length / 3));
        }
      });
      expect((await ask(await strict.client(), request("GET /slow"))).content).toHaveLength(length);
      expect(await strict.over()).toMatchObject({ kind: "answered", exchange: { sent: length } });
      upstream.plays(({ connection }) =>
        connection.write(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\nx`),
      );
      const given = await ask(await strict.client(), request("GET /stuck"));
      expect(given.start).toBe("HTTP/1.1 504 Gateway Timeout");
      expect(await strict.over()).toMatchObject({
        exchange: { upstream: { status: 200, cause: "timeout" } },
      });
    });
  });

  test("cuts off a long answer that its upstream pauses too long, as a failure of the upstream", async () => {
    await within({ route: { idle_timeout: 1 } }, async (strict) => {
      const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
      upstream.plays(({ connection }) => connection.write(`${head}3\r\nabc\r\n`));
      const client = await strict.client();
      client.write(request("GET /stuck"));
      await client.sees("abc\r\n");
      await client.closed;
      expect(await strict.over()).toMatchObject({
        kind: "answered",
        status: 200,
        exchange: { sent: 3, aborted: false, upstream: { status: 200, cause: "timeout" } },
      });
      expect(await (await upstream.connected(1)).closed).toBe("reset");
    });
  });
});
