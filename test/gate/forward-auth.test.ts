import { afterAll, beforeAll, describe, expect } from "bun:test";
import { answerOf } from "../support/answer-of.ts";
import {
  ANNA,
  AS_ANNA,
  ASKING_PROXIES,
  CHALLENGE,
  FORGED,
  identityOf,
  runPage,
  TOKEN,
  type AskingSetup,
} from "../support/asking-proxy.ts";
import { needing } from "../support/needing.ts";
import { page, replaced } from "../support/page.ts";
import { converse, exchange } from "../support/raw-socket.ts";

describe.each(ASKING_PROXIES.map((proxy) => [proxy.name, proxy] as const))(
  "docs/gate/%s.md",
  (_name, proxy) => {
    const test = needing({ [proxy.name]: proxy.program });
    const { blocks } = page(`docs/gate/${proxy.name}.md`);
    let setup: AskingSetup;
    beforeAll(async () => {
      if (proxy.program !== null) setup = await runPage(proxy);
    }, 30_000);
    afterAll(async () => void (await setup?.[Symbol.asyncDispose]()));

    test("allows its command to reach the service, which receives the user and no token", async () => {
      const [command = ""] = blocks("sh");
      const [received] = await setup.received(async () => {
        const curl = Bun.spawn(["sh", "-c", replaced(command, { ":8080/": `:${setup.port}/` })], {
          cwd: setup.folder,
          stderr: "ignore",
        });
        expect(JSON.parse(await new Response(curl.stdout).text())).toMatchObject({
          method: "GET",
          target: "/",
        });
      });
      expect(identityOf(received)).toEqual(ANNA);
      expect(received?.headers["authorization"]).toBeUndefined();
    });

    test("passes the target to the service as it came, and the Host", async () => {
      const [received] = await setup.received(() =>
        answerOf(`${setup.url}/v1/a%20b?x=1&y=//;%2f`, { headers: AS_ANNA }),
      );
      expect(received).toMatchObject({
        target: "/v1/a%20b?x=1&y=//;%2f",
        headers: { host: `127.0.0.1:${setup.port}` },
      });
    });

    const refusals: [string, Record<string, string>, 400 | 401, string, string][] = [
      ["no token", {}, 401, "Missing authorization header", CHALLENGE],
      [
        "an unknown token",
        { Authorization: "Bearer other" },
        401,
        "Token doesn't exist",
        `${CHALLENGE}, error="invalid_token", error_description="Token doesn't exist"`,
      ],
    ];
    for (const [what, headers, status, text, challenge] of refusals) {
      test(`refuses ${what}: the challenge reaches the client, and nothing the service`, async () => {
        const received = await setup.received(async () => {
          const answer = await answerOf(`${setup.url}/x`, { headers });
          expect(answer).toMatchObject({ status, headers: { "www-authenticate": challenge } });
          expect(JSON.parse(answer.content)).toEqual({ text: proxy.text(text, status), status: "error" });
        });
        expect(received).toEqual([]);
      });
    }

    test("refuses malformed credentials with 400", async () => {
      const received = await setup.received(async () => {
        const answer = await answerOf(`${setup.url}/x`, { headers: { Authorization: "Bearer a b" } });
        const text = proxy.text("Invalid authorization header", 400);
        expect([answer.status, JSON.parse(answer.content)]).toEqual([400, { text, status: "error" }]);
      });
      expect(received).toEqual([]);
    });

    test("passes the content of a POST once, declared or chunked, and none of a refused one", async () => {
      const body = "x".repeat(100_000);
      const chunked = new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(body));
          controller.close();
        },
      });
      const received = await setup.received(async () => {
        const init = { method: "POST", headers: AS_ANNA };
        expect(await answerOf(`${setup.url}/a`, { ...init, body })).toMatchObject({ status: 200 });
        expect(await answerOf(`${setup.url}/b`, { ...init, body: chunked })).toMatchObject({ status: 200 });
        expect(await answerOf(`${setup.url}/c`, { method: "POST", body })).toMatchObject({ status: 401 });
      });
      expect(received).toMatchObject([
        { method: "POST", target: "/a", content: body },
        { method: "POST", target: "/b", content: body },
      ]);
    });

    test("passes a POST that waits for 100 Continue, and answers a HEAD", async () => {
      const head = (line: string, rest: string) =>
        `${line} HTTP/1.1\r\nHost: a\r\nAuthorization: ${AS_ANNA.Authorization}\r\nConnection: close\r\n${rest}\r\n`;
      const received = await setup.received(async () => {
        const waiting = await converse(
          setup.port,
          head("POST /a", "Expect: 100-continue\r\nContent-Length: 5\r\n"),
          (text) => text.includes("\r\n\r\n"),
        );
        expect(waiting).toStartWith("HTTP/1.1 100 Continue\r\n");
        expect(await exchange(setup.port, head("HEAD /b", ""))).toStartWith("HTTP/1.1 200 ");
      });
      expect(received.map(({ method, target }) => [method, target])).toContainEqual(["HEAD", "/b"]);
    });

    test("refuses a request without a Host, which no proxy can report", async () => {
      const received = await setup.received(async () => {
        const answer = await exchange(
          setup.port,
          `GET / HTTP/1.0\r\nAuthorization: ${AS_ANNA.Authorization}\r\n\r\n`,
        );
        expect(answer).toMatch(/^HTTP\/1\.[01] 400 /);
      });
      expect(received).toEqual([]);
    });

    test("opens a WebSocket with a token only", async () => {
      const received = await setup.received(async () => {
        const socket = new WebSocket(`ws://127.0.0.1:${setup.port}/ws`, {
          headers: { ...AS_ANNA, ...FORGED },
        } as never);
        const messages: string[] = [];
        const echoed = Promise.withResolvers<void>();
        socket.onopen = () => socket.send("hello");
        socket.onmessage = ({ data }) => void (messages.push(String(data)) === 2 && echoed.resolve());
        socket.onclose = () => echoed.reject(new Error("closed"));
        await echoed.promise;
        socket.onclose = null;
        socket.terminate();
        expect(messages[1]).toBe("hello");
        expect(identityOf(JSON.parse(String(messages[0])))).toEqual(ANNA);
        const refused = await exchange(
          setup.port,
          "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        );
        expect(refused).toStartWith("HTTP/1.1 401 ");
      });
      expect(received).toHaveLength(1);
    });

    // The last one: it stops token-server.
    test("lets nothing through while token-server is not running", async () => {
      expect(setup.gate.out()).not.toContain(TOKEN);
      await setup.gate.stop();
      const received = await setup.received(async () => {
        expect(await answerOf(setup.url, { headers: AS_ANNA })).toMatchObject({ status: proxy.without });
      });
      expect(received).toEqual([]);
    });
  },
);
