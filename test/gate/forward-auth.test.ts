import { afterAll, beforeAll, describe, expect } from "bun:test";
import { join } from "node:path";
import { foldedName } from "../../src/routes/proxy/folded-name.ts";
import { answerOf } from "../support/answer-of.ts";
import { echoService, type EchoService, type Received } from "../support/echo-service.ts";
import { needing } from "../support/needing.ts";
import type { OtherProgram } from "../support/other-program.ts";
import { page, replaced } from "../support/page.ts";
import { executable, folderWith, freePort, start, type Program } from "../support/program.ts";
import { CADDY, NGINX, startCaddy, startNginx } from "../support/proxies.ts";
import { converse, exchange } from "../support/raw-socket.ts";

const TOKEN = "k3J9qLw27TbXz81RmVn4";
const AS_ANNA = { Authorization: `Bearer ${TOKEN}` };
const CHALLENGE = 'Bearer realm="token-server"';
const FORGED = { "X-Auth-User": "root", "X-Auth-Token-Id": "0" };

/** The ports of a run: the page's ports are those of its example. */
interface Ports {
  readonly proxy: number;
  readonly gate: number;
  readonly service: number;
}

const PROXIES = [
  {
    name: "nginx",
    program: NGINX,
    start: (site: string) => startNginx(site),
    portsIn: ({ proxy, gate, service }: Ports) => ({
      "listen 8080;": `listen 127.0.0.1:${proxy};`,
      "127.0.0.1:8000;": `127.0.0.1:${gate};`,
      "127.0.0.1:9000;": `127.0.0.1:${service};`,
    }),
    language: "nginx",
    /** The text of a refusal: nginx passes on no content of an auth_request. */
    text: (_own: string, status: 400 | 401) => ({ 400: "Bad request", 401: "Unauthorized" })[status],
    /** What the client gets while token-server does not run. */
    without: 500,
    /** The aliases that the proxy removes; of the others token-server refuses the request. */
    removes: ["X_Auth_User", "x.auth.user", "X-Auth_Token.Id", "x~auth~user"],
    refuses: ["XAuthUser", "X--Auth-User"],
  },
  {
    name: "caddy",
    program: CADDY,
    start: (caddyfile: string) => startCaddy(caddyfile),
    portsIn: ({ proxy, gate, service }: Ports) => ({
      ":8080 {": `:${proxy} {`,
      "127.0.0.1:8000": `127.0.0.1:${gate}`,
      "127.0.0.1:9000": `127.0.0.1:${service}`,
    }),
    language: "caddyfile",
    text: (own: string) => own,
    without: 502,
    removes: ["X_Auth_User", "x.auth.user", "X-Auth_Token.Id"],
    refuses: ["XAuthUser", "X--Auth-User", "x~auth~user"],
  },
];

describe.each(PROXIES.map((proxy) => [proxy.name, proxy] as const))("docs/gate/%s.md", (_name, proxy) => {
  const test = needing({ [proxy.name]: proxy.program });
  const { blocks } = page(`docs/gate/${proxy.name}.md`);
  let service: EchoService;
  let gate: Program;
  let running: OtherProgram;
  let folder: string;
  let port: number;
  let url: string;

  beforeAll(async () => {
    if (proxy.program === null) return;
    service = echoService();
    const [config = ""] = blocks("json");
    folder = folderWith({
      "config.json": replaced(config, { '"port": 8000': '"port": 0' }),
      "anna.token": TOKEN,
    });
    gate = await start("", [executable(), "--config", join(folder, "config.json")]);
    port = freePort();
    url = `http://127.0.0.1:${port}`;
    const [own = ""] = blocks(proxy.language);
    const ports = { proxy: port, gate: gate.port, service: service.port };
    running = await proxy.start(replaced(own, proxy.portsIn(ports)));
  }, 30_000);
  afterAll(async () => {
    await running?.[Symbol.asyncDispose]();
    await gate?.stop();
    await service?.[Symbol.asyncDispose]();
  });

  /** What the service received of requests that are sent meanwhile. */
  async function receivedOf(send: () => Promise<unknown>): Promise<readonly Received[]> {
    const before = service.received.length;
    await send();
    return service.received.slice(before);
  }

  /** The identity that the service sees, under whatever name. */
  function identityOf(received: Received | undefined) {
    return Object.fromEntries(
      Object.entries(received?.headers ?? {}).filter(([name]) => foldedName(name).startsWith("xauth")),
    );
  }
  const anna = { "x-auth-user": "anna", "x-auth-token-id": expect.stringMatching(/^[0-9a-f]{8}$/) };

  test("allows: its command reaches the service, which learns the user and no token", async () => {
    const [command = ""] = blocks("sh");
    const [received] = await receivedOf(async () => {
      const curl = Bun.spawn(["sh", "-c", replaced(command, { ":8080/": `:${port}/` })], {
        cwd: folder,
        stderr: "ignore",
      });
      expect(JSON.parse(await new Response(curl.stdout).text())).toMatchObject({
        method: "GET",
        target: "/",
      });
    });
    expect(identityOf(received)).toEqual(anna);
    expect(received?.headers["authorization"]).toBeUndefined();
  });

  test("passes the target to the service as it came, and the Host", async () => {
    const [received] = await receivedOf(() => answerOf(`${url}/v1/a%20b?x=1&y=//;%2f`, { headers: AS_ANNA }));
    expect(received).toMatchObject({
      target: "/v1/a%20b?x=1&y=//;%2f",
      headers: { host: `127.0.0.1:${port}` },
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
      const received = await receivedOf(async () => {
        const answer = await answerOf(`${url}/x`, { headers });
        expect(answer).toMatchObject({ status, headers: { "www-authenticate": challenge } });
        expect(JSON.parse(answer.content)).toEqual({ text: proxy.text(text, status), status: "error" });
      });
      expect(received).toEqual([]);
    });
  }

  test("refuses malformed credentials with 400", async () => {
    const received = await receivedOf(async () => {
      const answer = await answerOf(`${url}/x`, { headers: { Authorization: "Bearer a b" } });
      const text = proxy.text("Invalid authorization header", 400);
      expect([answer.status, JSON.parse(answer.content)]).toEqual([400, { text, status: "error" }]);
    });
    expect(received).toEqual([]);
  });

  test("replaces the identity headers of the client", async () => {
    const [received] = await receivedOf(() => answerOf(url, { headers: { ...AS_ANNA, ...FORGED } }));
    expect(identityOf(received)).toEqual(anna);
  });

  for (const alias of proxy.removes) {
    test(`removes ${alias}`, async () => {
      const [received] = await receivedOf(() => answerOf(url, { headers: { ...AS_ANNA, [alias]: "root" } }));
      expect(identityOf(received)).toEqual(anna);
    });
  }
  for (const alias of proxy.refuses) {
    test(`refuses ${alias}`, async () => {
      const received = await receivedOf(async () => {
        expect(await answerOf(url, { headers: { ...AS_ANNA, [alias]: "root" } })).toMatchObject({
          status: 400,
        });
      });
      expect(received).toEqual([]);
    });
  }

  test("keeps the identity where the client's Connection names its headers", async () => {
    const names = "X-Auth-User, X-Auth-Token-Id, X-Forwarded-Uri, X-Original-URI";
    const [received] = await receivedOf(() =>
      exchange(
        port,
        `GET /x HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: ${AS_ANNA.Authorization}\r\nConnection: close, ${names}\r\n\r\n`,
      ),
    );
    expect(identityOf(received)).toEqual(anna);
  });

  const spoofed = (target: string) => ({
    ...{ "X-Forwarded-Uri": target, "X-Original-URI": target, "X-Original-URL": target },
    ...{ "X-Rewrite-URL": target, "X-Forwarded-Method": "G T", "X-Original-Method": "G T" },
    ...{ "X-Forwarded-Host": "a b", "X-Original-Host": "a b", "X-Forwarded-Proto": "x" },
  });

  test("judges the target that came, not one that a header of the client names", async () => {
    const allowed = await receivedOf(async () => {
      const headers = { ...AS_ANNA, ...spoofed("//bad") };
      expect(await answerOf(`${url}/good`, { headers })).toMatchObject({ status: 200 });
    });
    expect(allowed).toMatchObject([{ target: "/good" }]);
    const refused = await receivedOf(async () => {
      const headers = { ...AS_ANNA, ...spoofed("/good") };
      expect(await answerOf(`${url}/a;b`, { headers })).toMatchObject({ status: 400 });
      expect(await answerOf(`${url}/x`, { headers: spoofed(`/x?access_token=${TOKEN}`) })).toMatchObject({
        status: 401,
      });
    });
    expect(refused).toEqual([]);
  });

  test("passes the content of a POST once, declared or chunked, and none of a refused one", async () => {
    const body = "x".repeat(100_000);
    const chunked = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(body));
        controller.close();
      },
    });
    const received = await receivedOf(async () => {
      const init = { method: "POST", headers: AS_ANNA };
      expect(await answerOf(`${url}/a`, { ...init, body })).toMatchObject({ status: 200 });
      expect(await answerOf(`${url}/b`, { ...init, body: chunked })).toMatchObject({ status: 200 });
      expect(await answerOf(`${url}/c`, { method: "POST", body })).toMatchObject({ status: 401 });
    });
    expect(received).toMatchObject([
      { method: "POST", target: "/a", content: body },
      { method: "POST", target: "/b", content: body },
    ]);
  });

  test("passes a POST that waits for 100 Continue, and answers a HEAD", async () => {
    const head = (line: string, rest: string) =>
      `${line} HTTP/1.1\r\nHost: a\r\nAuthorization: ${AS_ANNA.Authorization}\r\nConnection: close\r\n${rest}\r\n`;
    const received = await receivedOf(async () => {
      const waiting = await converse(
        port,
        head("POST /a", "Expect: 100-continue\r\nContent-Length: 5\r\n"),
        (text) => text.includes("\r\n\r\n"),
      );
      expect(waiting).toStartWith("HTTP/1.1 100 Continue\r\n");
      expect(await exchange(port, head("HEAD /b", ""))).toStartWith("HTTP/1.1 200 ");
    });
    expect(received.map(({ method, target }) => [method, target])).toContainEqual(["HEAD", "/b"]);
  });

  test("refuses a request without a Host, which no proxy can report", async () => {
    const received = await receivedOf(async () => {
      const answer = await exchange(
        port,
        `GET / HTTP/1.0\r\nAuthorization: ${AS_ANNA.Authorization}\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.[01] 400 /);
    });
    expect(received).toEqual([]);
  });

  test("opens a WebSocket with a token only", async () => {
    const received = await receivedOf(async () => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, {
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
      expect(identityOf(JSON.parse(String(messages[0])))).toEqual(anna);
      const refused = await exchange(
        port,
        "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
      );
      expect(refused).toStartWith("HTTP/1.1 401 ");
    });
    expect(received).toHaveLength(1);
  });

  // The last one: it stops token-server.
  test("lets nothing through while token-server does not run", async () => {
    expect(gate.out()).not.toContain(TOKEN);
    await gate.stop();
    const received = await receivedOf(async () => {
      expect(await answerOf(url, { headers: AS_ANNA })).toMatchObject({ status: proxy.without });
    });
    expect(received).toEqual([]);
  });
});

needing({ nginx: NGINX })("docs/gate/nginx.md: a refusal has its real status again", async () => {
  let status: string | null = null;
  using gate = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () =>
      new Response(null, { status: 403, headers: status === null ? {} : { "X-Token-Status": status } }),
  });
  const port = freePort();
  const [site = ""] = page("docs/gate/nginx.md").blocks("nginx");
  const ports = { proxy: port, gate: Number(gate.port), service: freePort() };
  await using _nginx = await startNginx(replaced(site, PROXIES[0]!.portsIn(ports)));
  for (const [given, expected, text] of [
    ["400", 400, "Bad request"],
    ["403", 403, "Forbidden"],
    ["503", 503, "Service unavailable"],
    [null, 403, "Forbidden"],
  ] as const) {
    status = given;
    expect(await answerOf(`http://127.0.0.1:${port}/`, { method: "POST", body: "x" })).toMatchObject({
      status: expected,
      headers: { "content-type": "application/json" },
      content: JSON.stringify({ text, status: "error" }),
    });
  }
});
