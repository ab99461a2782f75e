import { afterEach, beforeAll, describe, expect, test } from "bun:test";
import { connect as connectTcp, type Socket } from "node:net";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { ListenError } from "../../src/listen/listen-error.ts";
import { startListener, type Listener } from "../../src/listen/listener.ts";
import { certified, type Certified } from "../support/certificates.ts";
import { listenOn } from "../support/seed-config.ts";
import type { FetchHandler } from "../../src/http/handler.ts";
import type { ListenOptions } from "../../src/listen/listen-options.ts";

let one: Certified;
let two: Certified;
let issuer: Certified;
beforeAll(() => void ([one, two, issuer] = [certified("one"), certified("two"), certified("issuer")]));

const started: Listener[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const listener of started.splice(0)) await listener.stop(0);
});

const material = ({ cert, key }: Certified) => ({ cert, key, clientCa: null });
/** Says hello, and asks the client to leave where that is asked of it. */
const hello: FetchHandler = (_request, _connection, leave) =>
  new Response("hello", leave ? { headers: { Connection: "close" } } : {});

async function listening(given: Partial<ListenOptions> = {}, serve: FetchHandler = hello, grace = 20) {
  const listener = await startListener(listenOn({ tls: material(one), ...given }), serve, () => {}, grace);
  started.push(listener);
  return { listener, port: Number(new URL(listener.url).port) };
}

function kept<Kept extends Socket>(socket: Kept): Kept {
  sockets.push(socket);
  socket.on("error", () => {});
  return socket;
}

/** A TLS connection whose handshake is done. */
async function connected(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = kept(connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options }, resolve));
  socket.once("error", reject).once("close", () => reject(new Error("ECONNRESET")));
  await promise;
  return socket;
}

const ended = (socket: Socket) => new Promise<void>((resolve) => socket.once("close", () => resolve()));
const certificateOf = async (port: number) => String((await connected(port)).getPeerCertificate().subject.CN);
const ask = (url: string, init: BunFetchRequestInit = {}) =>
  fetch(url, { tls: { ca: [one.cert, two.cert] }, ...init });
const code = async (asked: Promise<unknown>): Promise<string> =>
  await asked.then(
    () => "",
    (fault: NodeJS.ErrnoException) => fault.code ?? fault.message,
  );

/** Asks again and again on one connection, opens another where the answer says so, and counts both. */
async function keepAsking(port: number, done: () => boolean, resets: string[]) {
  const seen = { answers: 0, closed: 0 };
  while (!done()) {
    const socket = await connected(port).catch((fault: NodeJS.ErrnoException) => fault.code ?? fault.message);
    if (typeof socket === "string") {
      resets.push(socket);
      continue;
    }
    for (let closing = false; !closing && !done(); seen.answers++) {
      const answer = await answered(socket, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      expect(answer).toStartWith("HTTP/1.1 200 OK\r\n");
      closing = answer.includes("\r\nConnection: close\r\n");
      if (closing) seen.closed++;
    }
    socket.destroy();
  }
  return seen;
}

/** Sends a request on a connection and gives the answer, which says hello. Rejects where the connection ends first. */
async function answered(socket: Socket, request: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let received = "";
  const take = (data: Buffer) => {
    received += data.toString("latin1");
    if (received.endsWith("hello")) resolve(received);
  };
  const end = () => reject(new Error(`cut off after ${JSON.stringify(received)}`));
  socket.on("data", take).once("close", end).write(request);
  try {
    return await promise;
  } finally {
    socket.off("data", take).off("close", end);
  }
}

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

describe("renew()", () => {
  test("loses no request of a kept connection, and a new connection at most where its client can't know", async () => {
    const { listener, port } = await listening({}, hello, 200);
    let done = false;
    let answers = 0;
    const resets: string[] = [];
    const fetching = Array.from({ length: 3 }, async () => {
      for (; !done; answers++) expect((await ask(listener.url, { method: "POST" })).status).toBe(200);
    });
    const raw = [keepAsking(port, () => done, resets), keepAsking(port, () => done, resets)];
    const opening = Array.from({ length: 2 }, async () => {
      while (!done) {
        const failed = await code(ask(listener.url, { keepalive: false, method: "POST" }));
        // Linux resets a connection whose handshake it has not finished when the old socket is closed.
        if (failed !== "") resets.push(failed);
      }
    });
    const renewals = [two, one, two, one, two];
    for (const next of renewals) {
      await listener.renew(material(next));
      expect(await certificateOf(port)).toBe(next === one ? "one" : "two");
    }
    done = true;
    await Promise.all([...fetching, ...opening]);
    expect(answers).toBeGreaterThan(100);
    for (const { answers, closed } of await Promise.all(raw)) {
      expect(answers).toBeGreaterThan(100);
      expect(closed).toBeGreaterThan(0);
    }
    expect(resets.length).toBeLessThanOrEqual((opening.length + raw.length) * renewals.length);
    expect(resets).not.toContain("ECONNREFUSED");
  });

  test("leaves nobody with the old certificate, whatever comes at once", async () => {
    const { listener, port } = await listening();
    const failed = listener.renew({ ...material(two), key: one.key });
    await Promise.all([
      expect(failed).rejects.toThrow(ListenError),
      listener.renew(material(one)),
      listener.renew(material(two)),
    ]);
    const seen = await Promise.all(Array.from({ length: 20 }, () => certificateOf(port)));
    expect(new Set(seen)).toEqual(new Set(["two"]));
  });

  test("lets a request in flight and a connection in its handshake finish", async () => {
    const gate = Promise.withResolvers<Response>();
    const { listener, port } = await listening({}, (request, connection, leave) =>
      request.url.endsWith("/slow") ? gate.promise : hello(request, connection, leave),
    );
    const slow = ask(`${listener.url}/slow`);
    const silent = await connected(port);
    while (listener.inFlight() === 0) await Bun.sleep(1);
    await listener.renew(material(two));
    expect(listener.inFlight()).toBe(1);
    expect(await answered(silent, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")).toStartWith("HTTP/1.1 200 OK\r\n");
    gate.resolve(new Response("late"));
    expect(await (await slow).text()).toBe("late");
  });

  test("gives way to stop(), which ends both servers", async () => {
    const { listener, port } = await listening({}, () => new Promise(() => {}), 60_000);
    const before = code(ask(listener.url));
    while (listener.inFlight() === 0) await Bun.sleep(1);
    const renewal = listener.renew(material(two));
    while ((await certificateOf(port)) !== "two") await Bun.sleep(1);
    const after = Array.from({ length: 8 }, () => code(ask(listener.url, { keepalive: false })));
    while (listener.inFlight() < 9) await Bun.sleep(1);
    expect(await listener.stop(20)).toBe(9);
    await renewal;
    expect(new Set(await Promise.all([before, ...after]))).toEqual(new Set(["ECONNRESET"]));
    expect(await code(connected(port))).toBe("ECONNREFUSED");
    await listener.renew(material(two));
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
    const { listener, port } = await listening({}, async (request) => new Response(await request.text()));
    const held = await connected(port);
    const cut = ended(held);
    sent(held, `${head}x`);
    while (listener.inFlight() === 0) await Bun.sleep(1);
    expect(await listener.stop(20)).toBe(1);
    await cut;
  });

  function sent(socket: Socket, bytes: string): Socket {
    kept(socket).write(Buffer.from(bytes, "latin1"));
    return socket;
  }
});
