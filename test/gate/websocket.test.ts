import { afterAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";
import { certified } from "../support/certificates.ts";
import { memoryOf } from "../support/process-memory.ts";
import { configWith, folderWith, start, type Program } from "../support/program.ts";
import {
  accepting,
  closing,
  frame,
  handshake,
  OPCODE,
  RawSocket,
  rawConnect,
  rawServer,
} from "../support/raw-websocket.ts";
import { startShared } from "../support/shared.ts";

const upstream = await rawServer();
const AUTH = "Authorization: Token token1";
const ROUTES = [{ path: "/*", proxy: `http://127.0.0.1:${upstream.port}` }];
const gate = (http: object = {}) => start(configWith({ routes: ROUTES, ...http }));
const program = startShared(() =>
  gate({
    exclude_routes: ["/open"],
    routes: [{ path: "/open", proxy: ROUTES[0]?.proxy }, ...ROUTES],
  }),
);
const carriers = startShared(() =>
  gate({ token_from: ["authorization", "basic", "x-api-key", "query:access_token"] }),
);
/** Those that a test started for itself. */
const open: Program[] = [];
const started = async (http?: object) => {
  const own = await gate(http);
  open.push(own);
  return own;
};
afterAll(async () => {
  upstream.close();
  await Promise.all(open.map((one) => one.stop()));
});

async function bridged({ port }: Program, target = "/", ...lines: string[]) {
  const client = rawConnect(port, handshake(target, ...lines));
  const { peer, head } = await upstream.next();
  peer.write(accepting(head));
  return { client, peer, request: head, answer: await client.head() };
}

describe("a WebSocket through a proxy route", () => {
  test("passes messages of a user, whose name the upstream receives, and is logged at its end", async () => {
    const { client, peer, request, answer } = await bridged(program, "/chat?x=1", AUTH, "X-Auth-User: root");
    expect(request).toMatch(/^GET \/chat\?x=1 HTTP\/1\.1\r\n/);
    expect(request.match(/^X-Auth-User: .*$/gm)).toHaveLength(1);
    expect(request).not.toContain("root");
    expect(request).toMatch(/^x-forwarded-for: 127\.0\.0\.1\r?$/im);
    expect(request).not.toMatch(/^(user-agent|accept):/im);
    expect(answer).toStartWith("HTTP/1.1 101 Switching Protocols\r\n");
    client.write(frame(OPCODE.text, "from the client"));
    expect((await peer.frame())?.data.toString()).toBe("from the client");
    peer.write(frame(OPCODE.binary, Buffer.alloc(5_000_000, 1), false));
    expect((await client.frame())?.data.length).toBe(5_000_000);
    expect(program.out()).not.toContain("/chat");
    client.write(frame(OPCODE.close, closing(4001)));
    expect(await peer.frame()).toMatchObject({ opcode: OPCODE.close, data: closing(4001) });
    await program.wrote("GET /* 101 ");
  });

  test("needs no token on an open route, where the upstream receives no name", async () => {
    const { client, peer, request, answer } = await bridged(program, "/open");
    expect(request).toMatch(/^X-Auth-User: -\r?$/m);
    expect(answer).toStartWith("HTTP/1.1 101");
    peer.write(frame(OPCODE.text, "hello", false));
    expect((await client.frame())?.data.toString()).toBe("hello");
    client.socket.destroy();
    await peer.ended();
    await program.wrote("GET /open 101 ");
  });

  test.each([
    { carrier: "authorization", target: "/?a=1", lines: ["Authorization: Token token1"] },
    { carrier: "basic", target: "/?a=1", lines: [`Authorization: Basic ${btoa("any:token1")}`] },
    { carrier: "x-api-key", target: "/?a=1", lines: ["X-Api-Key: token1"] },
    { carrier: "query:access_token", target: "/?access_token=token1&a=1", lines: [] },
  ])("takes the token from $carrier, and passes it on nowhere", async ({ target, lines }) => {
    const { client, peer, request, answer } = await bridged(carriers, target, ...lines);
    expect(answer).toStartWith("HTTP/1.1 101");
    expect(request).toStartWith("GET /?a=1 HTTP/1.1\r\n");
    expect(request).not.toMatch(/token1|authorization|x-api-key/i);
    expect(request).toMatch(/^X-Auth-User: [^-\s]/m);
    client.socket.destroy();
    await peer.ended();
    expect(carriers.out()).not.toContain("access_token");
  });

  test("passes fragments as one frame, and answers the pings of a client once", async () => {
    const { client, peer } = await bridged(program, "/", AUTH);
    client.write(frame(OPCODE.text, "one ", true, false));
    client.write(frame(OPCODE.continuation, "two"));
    client.write(frame(OPCODE.ping, "p"));
    expect(await peer.frame()).toMatchObject({ isFinal: true, data: Buffer.from("one two") });
    expect(await peer.frame()).toMatchObject({ opcode: OPCODE.ping, data: Buffer.from("p") });
    peer.write(frame(OPCODE.pong, "p", false));
    peer.write(frame(OPCODE.text, "after", false));
    expect(await client.frame()).toMatchObject({ opcode: OPCODE.pong, data: Buffer.from("p") });
    expect((await client.frame())?.data.toString()).toBe("after");
    client.write(frame(OPCODE.text | 0x40, "compressed"));
    expect((await client.frame())?.data.readUInt16BE(0)).toBe(1002);
    expect(await peer.frame()).toBeNull();
  });

  test("needs a token, and asks no upstream without one", async () => {
    const before = upstream.count();
    const client = rawConnect(program.port, handshake());
    const refused = await client.head();
    expect(refused).toStartWith("HTTP/1.1 401 Unauthorized\r\n");
    expect(refused).toContain('WWW-Authenticate: Token realm="token-server"');
    client.socket.destroy();
    expect(upstream.count()).toBe(before);
  });

  test("passes on the upstream's refusal, and refuses an invalid handshake itself", async () => {
    const client = rawConnect(program.port, handshake("/", AUTH));
    const { peer } = await upstream.next();
    peer.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
    expect(await client.head()).toStartWith("HTTP/1.1 403 Forbidden\r\n");
    expect((await client.bytes(2)).toString()).toBe("no");
    const before = upstream.count();
    client.write(handshake("/", AUTH).replace("Version: 13", "Version: 8"));
    const refused = await client.head();
    expect(refused).toStartWith("HTTP/1.1 426 ");
    expect(refused).toContain("Sec-WebSocket-Version: 13");
    expect(upstream.count()).toBe(before);
    client.socket.destroy();
  });

  test("ignores any other Upgrade and passes none of it on", async () => {
    const lines = [
      "Host: a",
      AUTH,
      "Connection: Upgrade, HTTP2-Settings",
      "Upgrade: h2c",
      "HTTP2-Settings: AAMA",
    ];
    const client = rawConnect(program.port, `GET /plain HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
    const { peer, head } = await upstream.next();
    expect(head).toStartWith("GET /plain HTTP/1.1\r\n");
    expect(head).not.toMatch(/upgrade|h2c|http2/i);
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    expect(await client.head()).toStartWith("HTTP/1.1 200 OK");
    client.socket.destroy();
  });

  test("answers 502 where nothing listens", async () => {
    const gone = await rawServer();
    gone.close();
    const other = await started({ routes: [{ path: "/*", proxy: `http://127.0.0.1:${gone.port}` }] });
    const client = rawConnect(other.port, handshake("/", AUTH));
    expect(await client.head()).toStartWith("HTTP/1.1 502 Bad Gateway\r\n");
    await other.wrote("upstream refused");
    client.socket.destroy();
  });

  test("counts as one of max_upstream_requests until it has closed", async () => {
    const other = await started({ max_upstream_requests: 1 });
    const { client, peer } = await bridged(other, "/", AUTH);
    const second = rawConnect(other.port, handshake("/", AUTH));
    expect(await second.head()).toMatch(/^HTTP\/1\.1 503 [^]*Retry-After: 1/);
    second.socket.destroy();
    client.socket.destroy();
    await peer.ended();
    await other.wrote("GET /* 101 ");
    const { answer } = await bridged(other, "/", AUTH);
    expect(answer).toStartWith("HTTP/1.1 101");
  });

  test.each([
    { deaf: "client", limit: 45 },
    { deaf: "upstream", limit: 45 },
  ] as const)(
    "keeps the memory bounded while the $deaf does not read, and loses nothing",
    async ({ deaf, limit }) => {
      const { client, peer } = await bridged(program, "/", AUTH);
      const [from, to] = deaf === "client" ? [peer, client] : [client, peer];
      to.socket.pause();
      const before = memoryOf(program.pid);
      const message = frame(OPCODE.binary, Buffer.alloc(65_536), deaf === "upstream");
      const count = 3_000;
      let most = 0;
      const sending = (async () => {
        for (let i = 0; i < count; i += 1)
          if (!from.socket.write(message)) await new Promise((resolve) => from.socket.once("drain", resolve));
      })();
      // That nothing more is taken shows in no event.
      await Promise.race([sending, Bun.sleep(1_000)]);
      most = memoryOf(program.pid) - before;
      to.socket.resume();
      for (let i = 0; i < count; i += 1) expect((await to.frame())?.data.length).toBe(65_536);
      await sending;
      expect(most).toBeLessThan(limit);
      client.socket.destroy();
      await peer.ended();
    },
    30_000,
  );

  test("passes TLS with HTTP/2 on the port, and stays open when a reload takes its route away", async () => {
    const { cert, key } = certified("gate");
    const files = folderWith({ "cert.pem": cert, "key.pem": key });
    const tls = { cert: join(files, "cert.pem"), key: join(files, "key.pem") };
    const other = await started({ tls, http2: true });
    const socket = connect({ port: other.port, host: "127.0.0.1", ca: cert, ALPNProtocols: ["http/1.1"] });
    const client = new RawSocket(socket);
    client.write(handshake("/", AUTH));
    const { peer, head } = await upstream.next();
    expect(head).toMatch(/^x-forwarded-proto: https\r?$/im);
    peer.write(accepting(head));
    expect(await client.head()).toStartWith("HTTP/1.1 101");
    const routes = [{ path: "/ping", handler: "ping" }];
    writeFileSync(
      join(other.folder, "config.json"),
      JSON.stringify(configWith({ tls, http2: true, routes })),
    );
    process.kill(other.pid, "SIGHUP");
    await other.wrote("Reloaded");
    peer.write(frame(OPCODE.text, "still open", false));
    expect((await client.frame())?.data.toString()).toBe("still open");
    socket.destroy();
    await peer.ended();
    await other.wrote("GET /* 101 ");
  });

  test("is closed with 1001 on both sides when the server stops, which cuts nothing", async () => {
    const other = await started();
    const { client, peer } = await bridged(other, "/", AUTH);
    const stopped = other.stop("SIGTERM");
    expect((await client.frame())?.data.readUInt16BE(0)).toBe(1001);
    expect((await peer.frame())?.data.readUInt16BE(0)).toBe(1001);
    expect((await stopped).code).toBe(0);
    open.splice(open.indexOf(other), 1);
  });
});
