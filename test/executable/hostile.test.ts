import { describe, expect, test } from "bun:test";
import { converse, flood } from "../support/raw-socket.ts";
import { contentOf } from "../support/answer-of.ts";
import { memoryOf } from "../support/process-memory.ts";
import { configWith, start } from "../support/program.ts";
import { startShared } from "../support/shared.ts";

const server = startShared(() =>
  start(configWith({}, { level: [{ logger: "server_logger", level: "INFO" }] })),
);

const MOST = 4 * 1024 * 1024;
const alive = async () =>
  expect(await contentOf(`${server.url}/ping`)).toBe('{"text":"pong","status":"success"}');

describe("the executable", () => {
  const strangers: [string, string, number][] = [
    ["a bad token", "Authorization: Token bad\r\n", 403],
    ["a good token to /ping", "Authorization: Token token1\r\n", 200],
    ["no token", "", 401],
  ];
  test.each(strangers)(
    "takes less than 4 MB of endless chunked content with %s",
    async (_, header, status) => {
      const method = status === 200 ? "GET" : "POST";
      const head = `${method} /ping HTTP/1.1\r\nHost: a\r\n${header}Transfer-Encoding: chunked\r\n\r\n`;
      const { received, taken, ended } = await flood(
        server.port,
        head,
        `1000\r\n${"x".repeat(0x1000)}\r\n`,
        MOST,
      );
      expect(ended).toBe(true);
      expect(taken).toBeLessThan(MOST);
      expect(received).toStartWith(`HTTP/1.1 ${status} `);
      await alive();
    },
  );

  test("goes on answering after 10,000 random bad requests", async () => {
    const random = generator(20261123);
    const pick = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)] as T;
    const noise = (length: number) =>
      Array.from({ length }, () => String.fromCharCode(Math.floor(random() * 256))).join("");
    const targets = [
      "/ping",
      "/",
      "*",
      "//ping",
      "/%",
      "/%00",
      "/ping#x",
      "http://evil:99/ping",
      "/" + "a".repeat(20_000),
      "ping",
      "",
      "/\x80\xff",
    ];
    const methods = ["GET", "POST", "FOO", "get", "CONNECT", "TRACE", "OPTIONS", "", "\x00", "PUT"];
    const versions = ["HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/0.9", "", "http/1.1"];
    const headers = [
      "Content-Length: -1",
      "Content-Length: 5, 5",
      "Content-Length: 99999999999999999999",
      "Content-Length: 5\r\nContent-Length: 6",
      "Transfer-Encoding: gzip",
      "Transfer-Encoding: chunked\r\nContent-Length: 5",
      "Authorization:",
      "Authorization: Token",
      "Authorization: Token \x01",
      "Host: a b",
      "Host: a\r\nHost: b",
      ": x",
      "no colon",
      "A: " + "x".repeat(20_000),
      "Expect: 100-continue",
      "Connection: upgrade\r\nUpgrade: h2c",
      "Authorization: Token token3",
      "A:b\nC:d",
      " folded: x",
      "X\x00: y",
      "X: y",
    ];
    const bad = () =>
      random() < 0.1
        ? noise(Math.floor(random() * 200))
        : `${pick(methods)} ${pick(targets)} ${pick(versions)}\r\nHost: a\r\n${pick(headers)}\r\n${pick(headers)}\r\nConnection: close\r\n\r\n${random() < 0.3 ? noise(20) : ""}`;
    let sent = 0;
    const answers = new Set<string>();
    const client = async () => {
      while (sent < 10_000) {
        sent += 1;
        const answer = await exchangeOrGiveUp(server.port, bad());
        answers.add(answer.slice(0, 12));
        expect(answer).not.toMatch(/<html|Bun!|\.ts:|at .*\(/i);
        expect(answer).not.toContain("HTTP/1.1 2");
        expect(answer).not.toContain("HTTP/1.1 500");
      }
    };
    await Promise.all(Array.from({ length: 16 }, client));
    expect([...answers]).toContain("HTTP/1.1 400");
    expect([...answers]).toContain("HTTP/1.1 401");
    expect([...answers]).toContain("HTTP/1.1 403");
    await alive();
  }, 60_000);

  test("does not grow over 200,000 refusals", async () => {
    const request = "GET /ping HTTP/1.1\r\nHost: a\r\nAuthorization: Token wrong\r\n\r\n";
    /** Sends so many requests on one connection, each once the one before is refused. */
    const client = async (requests: number) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      let rest = requests;
      const socket = await Bun.connect({
        hostname: "127.0.0.1",
        port: server.port,
        socket: {
          open: (open) => void open.write(request),
          data(open, bytes) {
            if (!bytes.toString("latin1").startsWith("HTTP/1.1 403 ")) reject(new Error(bytes.toString()));
            else if ((rest -= 1) === 0) resolve();
            else open.write(request);
          },
          close: () => reject(new Error("closed")),
        },
      });
      await promise;
      socket.terminate();
    };
    const refuse = async (requests: number) =>
      void (await Promise.all(Array.from({ length: 50 }, () => client(requests / 50))));
    await refuse(50_000);
    const before = memoryOf(server.pid);
    await refuse(200_000);
    expect(memoryOf(server.pid) - before).toBeLessThan(8);
    await alive();
  }, 60_000);
});

/** Some bad requests leave the server waiting for the rest of them: it is ours to hang up then. */
async function exchangeOrGiveUp(port: number, bytes: string): Promise<string> {
  return await converse(port, bytes + "\r\n\r\n", (received) => received.includes("\r\n\r\n"));
}

/** The same numbers from 0 to 1 at every run (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
