import { afterAll, describe, expect, test } from "bun:test";
import { once } from "node:events";
import { createServer } from "node:tls";
import { LIMITS } from "../../../src/limits.ts";
import { certified } from "../../support/certificates.ts";
import { deafPort } from "../../support/taken-ports.ts";
import {
  accepting,
  closing,
  frame,
  handshake,
  OPCODE,
  RawSocket,
  rawConnect,
  rawServer,
} from "../../support/raw-websocket.ts";
import { socketGate, type SocketGateOptions } from "../../support/socket-gate.ts";

const endings: (() => unknown)[] = [];
afterAll(async () => void (await Promise.all(endings.map((end) => end()))));

async function startBoth(given: SocketGateOptions = {}, protocol = "http") {
  const upstream = await rawServer();
  const gate = await socketGate(`${protocol}://127.0.0.1:${upstream.port}`, given);
  endings.push(upstream.close, () => gate.listener.stop(0));
  return { upstream, gate };
}

async function bridged(given: SocketGateOptions = {}) {
  const { upstream, gate } = await startBoth(given);
  const client = rawConnect(gate.port, handshake());
  const { peer, head } = await upstream.next();
  peer.write(accepting(head));
  await client.head();
  return { upstream, gate, client, peer };
}

/** A message that holds its number. */
function numbered(number: number): Buffer {
  const data = Buffer.alloc(SIZE, 1);
  data.writeUInt32BE(number);
  return data;
}

/** Sends numbered messages for as long as they are taken, at most MANY. Gives how many were. */
async function fill({ socket }: RawSocket, masked: boolean): Promise<number> {
  for (let number = 0; number < MANY; number += 1) {
    const taken = new Promise<true>((resolve) => {
      socket.write(frame(OPCODE.binary, numbered(number), masked), () => resolve(true));
    });
    // That nothing more is taken shows in no event.
    if ((await Promise.race([taken, Bun.sleep(500)])) !== true) return number + 1;
  }
  return MANY;
}

async function expectNumbered(reader: RawSocket, count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    const got = await reader.frame();
    expect(got?.data.length).toBe(SIZE);
    expect(got?.data.readUInt32BE(0)).toBe(number);
  }
}

const SIZE = 64 * 1024;
const MANY = 1_000;
/** What the system buffers on two loopback connections, and the bridge between them. */
const BUFFERS = 32 * 1024 * 1024;

describe("SocketBridge", () => {
  test("slows the upstream while the client does not read, and loses nothing", async () => {
    const { gate, client, peer } = await bridged();
    client.socket.pause();
    const count = await fill(peer, false);
    expect(count * SIZE).toBeLessThan(BUFFERS);
    peer.write(frame(OPCODE.close, closing(4000), false));
    client.socket.resume();
    await expectNumbered(client, count);
    expect(await client.frame()).toMatchObject({ opcode: OPCODE.close, data: closing(4000) });
    expect((await gate.ended()).ending).toEqual({ kind: "sent", sent: count * SIZE });
  }, 20_000);

  test("slows the client while the upstream does not read, and loses nothing", async () => {
    const { gate, client, peer } = await bridged();
    peer.socket.pause();
    const count = await fill(client, true);
    expect(count * SIZE).toBeLessThan(BUFFERS);
    client.write(frame(OPCODE.close, closing(4000)));
    peer.socket.resume();
    await expectNumbered(peer, count);
    expect(await peer.frame()).toMatchObject({ opcode: OPCODE.close, data: closing(4000) });
    expect((await gate.ended()).exchange.received).toBe(count * SIZE);
  }, 20_000);

  test(
    "lets a client close that has not read all",
    async () => {
      const { gate, client, peer } = await bridged();
      client.socket.pause();
      await fill(peer, false);
      client.write(frame(OPCODE.close, closing(4000)));
      expect(await peer.frame()).toMatchObject({ opcode: OPCODE.close, data: closing(4000) });
      peer.write(frame(OPCODE.close, closing(4000), false));
      await peer.ended();
      expect((await gate.ended()).ending.kind).toBe("sent");
      client.socket.destroy();
    },
    LIMITS.socketClose,
  );

  test("ends both sides when the upstream reads nothing for too long", async () => {
    const { gate, client, peer } = await bridged({ stall: 600 });
    peer.socket.pause();
    await fill(client, true);
    expect(await client.frame()).toMatchObject({ opcode: OPCODE.close, data: closing(1014) });
    expect((await gate.ended()).exchange.upstream).toMatchObject({ status: 101, cause: "timeout" });
    peer.socket.resume();
    await peer.ended();
  }, 20_000);

  test("ends both sides when the client of a stalled upstream has gone", async () => {
    const { gate, client, peer } = await bridged({ stall: 600 });
    peer.socket.pause();
    await fill(client, true);
    client.socket.destroy();
    await gate.ended();
    peer.socket.resume();
    await peer.ended();
  }, 20_000);
});

describe("dialWebSocket()", () => {
  test("is late when the upstream does not answer in time, and ends the connection", async () => {
    const { upstream, gate } = await startBoth({ timeout: 100 });
    const client = rawConnect(gate.port, handshake());
    const { peer } = await upstream.next();
    expect(await client.head()).toStartWith("HTTP/1.1 504");
    await peer.ended();
    expect(gate.causes).toEqual(["upstream timeout"]);
    client.socket.destroy();
  });

  test("waits longer than the time to connect for an upstream that is connected", async () => {
    const { upstream, gate } = await startBoth({ connectTimeout: 50 });
    const client = rawConnect(gate.port, handshake());
    const { peer, head } = await upstream.next();
    const second = await upstream.next();
    expect(second.head).toBe("");
    peer.write(accepting(head));
    expect(await client.head()).toStartWith("HTTP/1.1 101");
    client.socket.destroy();
    await gate.ended();
    expect(gate.causes).toEqual([]);
  });

  test("makes one connection if the upstream answers within half of the time to connect", async () => {
    const { upstream, gate, client } = await bridged();
    client.socket.destroy();
    await gate.ended();
    expect(upstream.count()).toBe(1);
  });

  test("is late when the upstream accepts no connection in time", async () => {
    const deaf = await deafPort();
    const gate = await socketGate(`http://127.0.0.1:${deaf.port}`, { connectTimeout: 50 });
    endings.push(deaf.stop, () => gate.listener.stop(0));
    const client = rawConnect(gate.port, handshake());
    expect(await client.head()).toStartWith("HTTP/1.1 504");
    expect(gate.causes).toEqual(["upstream connect_timeout"]);
    client.socket.destroy();
  });

  test("is late when the upstream accepts a connection but no TLS in time", async () => {
    const { upstream, gate } = await startBoth({ connectTimeout: 50 }, "https");
    const client = rawConnect(gate.port, handshake());
    expect(await client.head()).toStartWith("HTTP/1.1 504");
    expect(gate.causes).toEqual(["upstream connect_timeout"]);
    expect(upstream.count()).toBe(2);
    client.socket.destroy();
  });

  test("fails at once when nothing listens at the upstream", async () => {
    const { upstream, gate } = await startBoth();
    upstream.close();
    const client = rawConnect(gate.port, handshake());
    expect(await client.head()).toStartWith("HTTP/1.1 502");
    expect(gate.causes).toEqual(["upstream refused"]);
    client.socket.destroy();
  });

  const CERTIFICATE = certified("upstream");
  test.each([
    { tls: { ca: CERTIFICATE.cert, insecure: false }, status: 101, cause: null },
    { tls: { ca: null, insecure: true }, status: 101, cause: null },
    { tls: { ca: null, insecure: false }, status: 502, cause: "upstream tls" },
    {
      tls: { ca: certified("another").cert, insecure: false },
      status: 502,
      cause: "upstream tls",
    },
  ])("judges the upstream's certificate: $status, $cause", async ({ tls, status, cause }) => {
    const server = createServer({ ...CERTIFICATE }, async (socket) => {
      const peer = new RawSocket(socket);
      peer.write(accepting(await peer.head()));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const gate = await socketGate(`https://127.0.0.1:${port}`, { tls });
    endings.push(
      () => server.close(),
      () => gate.listener.stop(0),
    );
    const client = rawConnect(gate.port, handshake());
    expect(await client.head()).toStartWith(`HTTP/1.1 ${status}`);
    expect(gate.causes).toEqual(cause === null ? [] : [cause]);
    client.socket.destroy();
  });
});

describe("startListener()", () => {
  test("closes WebSockets with 1001 when it stops, on both sides, and counts none as cut", async () => {
    const { gate, client, peer } = await bridged();
    expect(gate.listener.inFlight()).toBe(1);
    expect(await gate.listener.stop(5_000)).toBe(0);
    const away = { opcode: OPCODE.close, data: closing(1001, "server shutting down") };
    expect(await client.frame()).toMatchObject(away);
    expect(await peer.frame()).toMatchObject(away);
    expect((await gate.ended()).ending).toEqual({ kind: "sent", sent: 0 });
  });

  test("closes a WebSocket with 1001 that opens while it stops", async () => {
    const { upstream, gate } = await startBoth();
    const client = rawConnect(gate.port, handshake());
    const { peer, head } = await upstream.next();
    const stopped = gate.listener.stop(5_000);
    peer.write(accepting(head));
    expect(await client.head()).toStartWith("HTTP/1.1 101");
    expect(await client.frame()).toMatchObject({ opcode: OPCODE.close });
    expect(await peer.frame()).toMatchObject({ opcode: OPCODE.close });
    expect(await stopped).toBe(0);
  });
});
