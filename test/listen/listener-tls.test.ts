import { describe, expect, test } from "bun:test";
import { connect as connectTcp, type Socket } from "node:net";
import type { FetchHandler } from "../../src/http/handler.ts";
import { ListenError } from "../../src/listen/listen-error.ts";
import type { ListenOptions } from "../../src/listen/listen-options.ts";
import { certified, type Certified } from "../support/certificates.ts";
import { code, ended, material, tlsListeners } from "../support/tls-listeners.ts";

const { one, two, listening, kept, connected, certificateOf, ask } = tlsListeners();
const issuer = certified("issuer");

describe("startListener() with TLS", () => {
  test("serves HTTPS and no plain HTTP", async () => {
    const { listener, port } = await listening();
    expect(listener.url).toBe(`https://127.0.0.1:${port}`);
    expect(await (await ask(listener.url)).text()).toBe("hello");
    expect(await code(fetch(`http://127.0.0.1:${port}/`))).toBe("ECONNRESET");
  });

  test("finds that the port is taken, although it shares its own", async () => {
    const other = Bun.serve({ port: 0, hostname: "127.0.0.1", reusePort: true, fetch: () => new Response() });
    const { port } = other;
    const text = `c:1:2: server.http.port ${port} on 127.0.0.1 is taken by another program; ss -ltnp 'sport = :${port}' shows which; stop it or set another port`;
    await expect(listening({ port: other.port! })).rejects.toThrow(new ListenError(text));
    const shared = await listening({ port: other.port!, reusePort: true });
    expect(shared.port).toBe(other.port!);
    await other.stop(true);
    await shared.listener.stop(0);
    expect((await listening({ port: shared.port })).port).toBe(shared.port);
  });

  const broken: [string, (good: Certified) => Partial<NonNullable<ListenOptions["tls"]>>, string][] = [
    [
      "the key of another certificate",
      () => ({ key: two.key }),
      "c:1:4: server.http.tls can't be used: error:0b000074:X.509 certificate routines:OPENSSL_internal:KEY_VALUES_MISMATCH",
    ],
    [
      "a chain that is broken off",
      ({ cert }) => ({ cert: cert + cert.slice(0, 100) }),
      "c:1:4: server.http.tls can't be used: error:09000066:PEM routines:OPENSSL_internal:BAD_END_LINE",
    ],
  ];
  test.each(broken)("says in one sentence what is wrong with %s", async (_, wrong, text) => {
    const tls = { ...material(one), ...wrong(one) };
    await expect(listening({ tls })).rejects.toThrow(new ListenError(text));
    const { listener, port } = await listening();
    await expect(listener.renew(tls)).rejects.toThrow(new ListenError(text));
    expect(await certificateOf(port)).toBe("one");
    await listener.renew(material(two));
    expect(await certificateOf(port)).toBe("two");
  });
});

describe("startListener() with a client CA", () => {
  test("serves clients with a certificate of that CA only", async () => {
    let served = 0;
    const count: FetchHandler = () => new Response(String(++served));
    const { listener } = await listening({ tls: { ...one, clientCa: issuer.cert } }, count);
    const [good, stranger] = [certified("client", { issuer }), certified("stranger")];
    const ca = one.cert;
    // The handshake ends before the server judges, so the client sees a cut now here, now there.
    expect(await code(ask(listener.url, { tls: { ca } }))).toMatch(/^(EPROTO|ECONNRESET)$/);
    expect(await code(ask(listener.url, { tls: { ca, ...stranger } }))).toMatch(/^(EPROTO|ECONNRESET)$/);
    expect(served).toBe(0);
    expect(await (await ask(listener.url, { tls: { ca, ...good } })).text()).toBe("1");
  });
});

describe("stop() is held up by no", () => {
  const head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";
  const holders: [string, (port: number) => Promise<Socket>][] = [
    ["half a TLS handshake", async (port) => sent(connectTcp(port, "127.0.0.1"), "\x16\x03\x01\x02\x00\x01")],
    ["TLS connection that says nothing", async (port) => await connected(port)],
    ["half a head", async (port) => sent(await connected(port), "GET / HTTP/1.1\r\nHo")],
  ];
  test.each(holders)("%s", async (_, hold) => {
    const { listener, port } = await listening();
    const held = await hold(port);
    const cut = ended(held);
    // Connections are accepted in turn, so the one that holds is known to the server.
    expect((await ask(listener.url, { keepalive: false })).status).toBe(200);
    expect(await listener.stop(60_000)).toBe(0);
    await cut;
  });

  test("upload that is stuck", async () => {
    const { listener, received, port } = await listening(
      {},
      async (request) => new Response(await request.text()),
    );
    const held = await connected(port);
    const cut = ended(held);
    sent(held, `${head}x`);
    await received(1);
    expect(await listener.stop(20)).toBe(1);
    await cut;
  });

  function sent(socket: Socket, bytes: string): Socket {
    kept(socket).write(Buffer.from(bytes, "latin1"));
    return socket;
  }
});
