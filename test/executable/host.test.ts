import { describe, expect, test } from "bun:test";
import { exchange } from "../support/raw-socket.ts";
import { configWith, start } from "../support/program.ts";
import { startShared } from "../support/shared.ts";

const http = configWith({
  routes: [
    { path: "/healthz", handler: "health" },
    { path: "/open/*", handler: "ping" },
    { path: "/open/whoami", handler: "whoami" },
  ],
  exclude_routes: ["/healthz", "/open/*"],
});
const config = { ...http, server: { ...http.server, admin: { port: 0, hosts: ["gate.internal"] } } };

const server = startShared(() => start(config));
const adminPort = () => Number(/ and http:\/\/127\.0\.0\.1:(\d+) with/.exec(server.out())?.[1]);

/** Status and content of the answer to a request line with these header lines. */
async function ask(port: number, line: string, ...headers: string[]) {
  const answer = await exchange(port, `${[line, ...headers, "Connection: close"].join("\r\n")}\r\n\r\n`);
  return `${answer.slice(9, 12)} ${answer.split("\r\n\r\n")[1]}`;
}

const json = (text: string, status = "error") => JSON.stringify({ text, status });
const INVALID = `400 ${json("Invalid host header")}`;
const TARGET_INVALID = `400 ${json("Invalid request target")}`;
const HEALTHY = `200 ${json("healthy", "success")}`;

describe("the executable", () => {
  const invalid = ["a b", "a/b", "u@a", "a,a", "a:99999", "a:8x", "[::1", "a?b", "a%20b", "256.1.1.1"];
  test.each(invalid)("refuses the Host %j before any route (RFC 9112 3.2)", async (host) => {
    expect(await ask(server.port, "GET /healthz HTTP/1.1", `Host: ${host}`)).toBe(INVALID);
    expect(await ask(adminPort(), "GET /healthz HTTP/1.1", `Host: ${host}`)).toBe(INVALID);
  });

  test.each([["a"], ["A"], ["b"]])("refuses two Host lines, a and %s", async (second) => {
    const lines = ["Host: a", `Host: ${second}`];
    expect(await ask(server.port, "GET /healthz HTTP/1.1", ...lines)).toBe(INVALID);
  });

  test.each(["a", "[::1]:8000", "127.0.0.1", "my_gate"])("serves the Host %j", async (host) => {
    expect(await ask(server.port, "GET /healthz HTTP/1.1", `Host: ${host}`)).toBe(HEALTHY);
  });

  test("answers on the admin listener for known hosts only", async () => {
    const admin = (host: string) => ask(adminPort(), "GET /healthz HTTP/1.1", `Host: ${host}`);
    for (const host of ["localhost:8001", "127.0.0.1", "[::1]:8001", "gate.internal", "GATE.internal:1"]) {
      expect(await admin(host)).toBe(HEALTHY);
    }
    for (const host of ["evil.example", "gate.internal.evil.example", "localhost.evil.example"]) {
      expect(await admin(host)).toBe(`421 ${json("Unknown host")}`);
    }
    expect(await ask(adminPort(), "GET /healthz HTTP/1.0")).toBe(HEALTHY);
  });

  test.each(["a#/healthz", "a:443", "u:p@a/healthz", "https:x/healthz"])(
    "takes no path from the target of CONNECT %s",
    async (target) => {
      expect(await ask(server.port, `CONNECT ${target} HTTP/1.1`, "Host: a")).toBe(TARGET_INVALID);
    },
  );

  test.each([
    ...["%252e%252e/whoami", "..%3b/whoami", "..%09/whoami", "..%0a/whoami", "%25", "a%7f", "..%00/whoami"],
    ...[
      "..%2fwhoami",
      "..%5cwhoami",
      "%c0%ae%c0%ae/whoami",
      "%e0%80%ae/x",
      "%f0%80%80%af",
      "%ff",
      "%",
      "%zz",
      "%2",
    ],
  ])("refuses the ambiguous path /open/%s, with a token and without", async (path) => {
    const line = `GET /open/${path} HTTP/1.1`;
    expect(await ask(server.port, line, "Host: a")).toBe(TARGET_INVALID);
    expect(await ask(server.port, line, "Host: a", "Authorization: Token token1")).toBe(TARGET_INVALID);
  });
});
