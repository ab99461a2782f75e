import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { LIMITS } from "../../../src/limits.ts";
import { folderWith } from "../../support/program.ts";
import {
  ACCEPT,
  accepting,
  closing,
  frame,
  handshake,
  KEY,
  OPCODE,
  rawConnect,
  rawServer,
  type RawServer,
} from "../../support/raw-websocket.ts";
import { socketGate, type SocketGate, type SocketGateOptions } from "../../support/socket-gate.ts";

const upstreams: RawServer[] = [];
const gates: SocketGate[] = [];
afterAll(async () => {
  for (const upstream of upstreams) upstream.close();
  await Promise.all(gates.map(({ listener }) => listener.stop(0)));
});

async function rawUpstream(unix?: string) {
  const upstream = await rawServer(unix);
  upstreams.push(upstream);
  return upstream;
}

async function gateTo(upstream: string, given: SocketGateOptions = {}) {
  const gate = await socketGate(upstream, given);
  gates.push(gate);
  return gate;
}

const unixPath = join(folderWith({}), "a%20b'{c}.sock");
const byPort = await rawUpstream();
const byPath = await rawUpstream(unixPath);

const PLACES = [
  { place: "a port", upstream: byPort, gate: await gateTo(`http://127.0.0.1:${byPort.port}`) },
  { place: "a Unix socket", upstream: byPath, gate: await gateTo(`unix:${unixPath}`) },
];

/** A client and an upstream whose WebSockets are bridged, and the heads that they received. */
async function bridged({ upstream, gate }: { upstream: RawServer; gate: SocketGate }) {
  const client = rawConnect(gate.port, handshake());
  const { peer, head } = await upstream.next();
  peer.write(accepting(head));
  return { client, peer, request: head, answer: await client.head() };
}

const text = (data: string) => ({ opcode: OPCODE.text, isFinal: true, reserved: 0, isMasked: true, data });

describe.each(PLACES)("webSocketBridge() to $place", (at) => {
  test("asks the upstream for the same target, with a key of its own, and answers the client's key", async () => {
    const offers = [
      "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
      "Origin: http://a",
    ];
    const client = rawConnect(at.gate.port, handshake("/a:b/c%20d?x=1:2&y=%2f", ...offers));
    const { peer, head } = await at.upstream.next();
    const [line, ...lines] = head.split("\r\n");
    const names = lines.map((one) => one.split(":")[0]?.toLowerCase()).toSorted();
    expect(line).toBe("GET /a:b/c%20d?x=1:2&y=%2f HTTP/1.1");
    expect(names).toEqual(
      ["connection", "host", "origin", "sec-websocket-key", "sec-websocket-version", "upgrade"].toSorted(),
    );
    expect(head).toMatch(/^host: gate\.example\r?$/im);
    expect(head).toMatch(/^origin: http:\/\/a\r?$/im);
    expect(head).not.toContain(KEY);
    peer.write(
      accepting(head, "Set-Cookie: a=1", "Set-Cookie: b=2", "X-Answer: yes", "Keep-Alive: timeout=5"),
    );
    const answer = await client.head();
    expect(answer).toStartWith("HTTP/1.1 101 Switching Protocols\r\n");
    expect(answer).toContain(`Sec-WebSocket-Accept: ${ACCEPT}`);
    expect(answer.match(/^set-cookie: .*$/gim)).toEqual(["set-cookie: a=1", "set-cookie: b=2"]);
    expect(answer).toMatch(/^x-answer: yes\r$/im);
    expect(answer).not.toMatch(/extensions|keep-alive/i);
    expect(answer.match(/^date:/gim)).toHaveLength(1);
    client.socket.destroy();
    await peer.ended();
    await at.gate.ended();
  });

  test("passes text, binary and empty messages both ways byte by byte, and joins fragments", async () => {
    const { client, peer } = await bridged(at);
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    client.write(frame(OPCODE.text, "grüße 🙂"));
    client.write(frame(OPCODE.binary, bytes));
    client.write(frame(OPCODE.text));
    client.write(frame(OPCODE.text, "one ", true, false));
    client.write(frame(OPCODE.continuation, "two"));
    expect(await peer.frame()).toEqual({ ...text(""), data: Buffer.from("grüße 🙂") });
    expect(await peer.frame()).toEqual({ ...text(""), opcode: OPCODE.binary, data: bytes });
    expect(await peer.frame()).toEqual({ ...text(""), data: Buffer.alloc(0) });
    expect(await peer.frame()).toEqual({ ...text(""), data: Buffer.from("one two") });
    peer.write(frame(OPCODE.text, "grüße 🙂", false));
    peer.write(frame(OPCODE.binary, bytes, false));
    peer.write(frame(OPCODE.binary, "", false));
    const unmasked = { ...text(""), isMasked: false };
    expect(await client.frame()).toEqual({ ...unmasked, data: Buffer.from("grüße 🙂") });
    expect(await client.frame()).toEqual({ ...unmasked, opcode: OPCODE.binary, data: bytes });
    expect(await client.frame()).toEqual({ ...unmasked, opcode: OPCODE.binary, data: Buffer.alloc(0) });
    client.write(frame(OPCODE.close, closing(1000)));
    const { exchange, ending } = await at.gate.ended();
    expect(ending).toEqual({ kind: "sent", sent: 268 });
    expect(exchange.received).toBe(12 + 256 + 7);
  });

  test("passes a message of 5 MB each way", async () => {
    const { client, peer } = await bridged(at);
    const bytes = Buffer.alloc(5_000_000, "0123456789abcdef");
    client.write(frame(OPCODE.binary, bytes));
    const there = await peer.frame();
    expect(there?.data.equals(bytes)).toBe(true);
    peer.write(frame(OPCODE.binary, bytes, false));
    const back = await client.frame();
    expect(back?.data.equals(bytes)).toBe(true);
    client.write(frame(OPCODE.close, closing(1000)));
    await at.gate.ended();
  });

  test("passes on what the upstream sends together with its 101, in order", async () => {
    const client = rawConnect(at.gate.port, handshake());
    const { peer, head } = await at.upstream.next();
    const early = [
      frame(OPCODE.text, "first", false),
      frame(OPCODE.ping, "p", false),
      frame(OPCODE.text, "last", false),
      frame(OPCODE.close, closing(4001, "early"), false),
    ];
    peer.write(Buffer.concat([Buffer.from(accepting(head)), ...early]));
    expect(await client.head()).toStartWith("HTTP/1.1 101");
    expect((await client.frame())?.data.toString()).toBe("first");
    expect(await client.frame()).toMatchObject({ opcode: OPCODE.ping, data: Buffer.from("p") });
    expect((await client.frame())?.data.toString()).toBe("last");
    expect(await client.frame()).toMatchObject({ opcode: OPCODE.close, data: closing(4001, "early") });
    await at.gate.ended();
  });

  test.each([
    { code: 1000, reason: "" },
    { code: 1001, reason: "bye" },
    { code: 1011, reason: "ünïcode" },
    { code: 1014, reason: "" },
    { code: 3000, reason: "x".repeat(120) },
    { code: 4999, reason: "" },
  ])("passes close code $code from the client to the upstream, and back", async ({ code, reason }) => {
    const one = await bridged(at);
    one.client.write(frame(OPCODE.close, closing(code, reason)));
    expect(await one.peer.frame()).toMatchObject({ opcode: OPCODE.close, data: closing(code, reason) });
    one.peer.write(frame(OPCODE.close, closing(code, reason), false));
    await one.peer.ended();
    expect((await at.gate.ended()).ending).toEqual({ kind: "sent", sent: 0 });
    const other = await bridged(at);
    other.peer.write(frame(OPCODE.close, closing(code, reason), false));
    expect(await other.client.frame()).toMatchObject({ opcode: OPCODE.close, data: closing(code, reason) });
    await other.client.ended();
    expect((await at.gate.ended()).ending).toEqual({ kind: "sent", sent: 0 });
  });

  test("passes a close frame without a code both ways", async () => {
    const one = await bridged(at);
    one.client.write(frame(OPCODE.close));
    expect(await one.peer.frame()).toMatchObject({ opcode: OPCODE.close, data: Buffer.alloc(0) });
    const other = await bridged(at);
    other.peer.write(frame(OPCODE.close, "", false));
    expect(await other.client.frame()).toMatchObject({ opcode: OPCODE.close, data: Buffer.alloc(0) });
    await at.gate.ended();
    await at.gate.ended();
  });

  test("ends the upstream's connection when the client's is gone, and reports the exchange as aborted", async () => {
    const { client, peer } = await bridged(at);
    client.socket.resetAndDestroy();
    await peer.ended();
    const { exchange, ending } = await at.gate.ended();
    expect(ending).toEqual({ kind: "aborted", sent: 0 });
    expect(exchange.upstream).toMatchObject({ status: 101, cause: null });
  });

  test("closes with 1014 when the upstream is gone", async () => {
    const { client, peer } = await bridged(at);
    peer.socket.resetAndDestroy();
    expect(await client.frame()).toMatchObject({ opcode: OPCODE.close, data: closing(1014) });
    await client.ended();
    const { exchange } = await at.gate.ended();
    expect(exchange.upstream).toMatchObject({ status: 101, cause: "reset" });
  });

  test("closes with 1014 when the upstream breaks the protocol", async () => {
    const { client, peer } = await bridged(at);
    peer.write(frame(OPCODE.text, Buffer.from([0xff]), false));
    expect(await client.frame()).toMatchObject({ opcode: OPCODE.close, data: closing(1014) });
    await at.gate.ended();
  });

  test.each([
    { fault: "text that is not UTF-8", bytes: frame(OPCODE.text, Buffer.from([0xff])), code: 1007 },
    { fault: "a frame without a mask", bytes: frame(OPCODE.text, "a", false), code: 1002 },
    { fault: "a compressed frame", bytes: frame(OPCODE.text | 0x40, "a"), code: 1002 },
    {
      fault: "a message over the maximum",
      bytes: frame(OPCODE.binary, Buffer.alloc(LIMITS.socketMessage + 1)).subarray(0, 1000),
      code: 1009,
    },
  ])("refuses $fault with $code, and ends the upstream's connection", async ({ bytes, code }) => {
    const { client, peer } = await bridged(at);
    client.write(bytes);
    const refused = await client.frame();
    expect(refused?.opcode).toBe(OPCODE.close);
    expect(refused?.data.readUInt16BE(0)).toBe(code);
    await peer.ended();
    await at.gate.ended();
  });

  test("accepts a message of exactly the maximum each way, and closes with 1014 at one byte more", async () => {
    const { client, peer } = await bridged(at);
    const bytes = Buffer.alloc(LIMITS.socketMessage, 7);
    client.write(frame(OPCODE.binary, bytes));
    expect((await peer.frame())?.data.equals(bytes)).toBe(true);
    peer.write(frame(OPCODE.binary, bytes, false));
    expect((await client.frame())?.data.equals(bytes)).toBe(true);
    peer.write(frame(OPCODE.binary, Buffer.concat([bytes, Buffer.from("x")]), false));
    expect(await client.frame()).toMatchObject({ opcode: OPCODE.close, data: closing(1014) });
    await at.gate.ended();
  });

  test("passes pings both ways and lets each be answered once", async () => {
    const { client, peer } = await bridged(at);
    client.write(frame(OPCODE.ping, "from the client"));
    expect(await client.frame()).toMatchObject({ opcode: OPCODE.pong, data: Buffer.from("from the client") });
    expect(await peer.frame()).toMatchObject({ opcode: OPCODE.ping, data: Buffer.from("from the client") });
    peer.write(frame(OPCODE.pong, "from the client", false));
    peer.write(frame(OPCODE.ping, "one", false));
    peer.write(frame(OPCODE.ping, "two", false));
    expect(await client.frame()).toMatchObject({ opcode: OPCODE.ping, data: Buffer.from("one") });
    expect(await client.frame()).toMatchObject({ opcode: OPCODE.ping, data: Buffer.from("two") });
    client.write(frame(OPCODE.pong, "unasked"));
    client.write(frame(OPCODE.pong, "one"));
    client.write(frame(OPCODE.pong, "two"));
    client.write(frame(OPCODE.pong, "two"));
    client.write(frame(OPCODE.text, "end"));
    expect(await peer.frame()).toMatchObject({ opcode: OPCODE.pong, data: Buffer.from("one") });
    expect(await peer.frame()).toMatchObject({ opcode: OPCODE.pong, data: Buffer.from("two") });
    expect(await peer.frame()).toMatchObject({ opcode: OPCODE.text, data: Buffer.from("end") });
    client.socket.destroy();
    await at.gate.ended();
  });

  test.each([
    { offered: "a, b", chosen: "b", answered: "b" },
    { offered: "a,b", chosen: null, answered: null },
    { offered: null, chosen: null, answered: null },
  ])(
    "lets the upstream choose $chosen of the subprotocols $offered",
    async ({ offered, chosen, answered }) => {
      const lines = offered === null ? [] : [`Sec-WebSocket-Protocol: ${offered}`];
      const client = rawConnect(at.gate.port, handshake("/", ...lines));
      const { peer, head } = await at.upstream.next();
      expect(/^sec-websocket-protocol: *(.*)\r?$/im.exec(head)?.[1] ?? null).toBe(offered && "a,b");
      peer.write(accepting(head, ...(chosen === null ? [] : [`Sec-WebSocket-Protocol: ${chosen}`])));
      const answer = await client.head();
      expect(answer).toStartWith("HTTP/1.1 101");
      expect(/^sec-websocket-protocol: *(.*)\r$/im.exec(answer)?.[1] ?? null).toBe(answered);
      peer.write(frame(OPCODE.text, "open", false));
      expect((await client.frame())?.data.toString()).toBe("open");
      client.socket.destroy();
      await at.gate.ended();
    },
  );

  test.each([
    { answer: "a subprotocol that was not offered", lines: ["Sec-WebSocket-Protocol: c"], accept: null },
    { answer: "compression that was not offered", lines: ["Sec-WebSocket-Extensions: permessage-deflate"] },
    { answer: "the answer to another key", lines: [], accept: "Sec-WebSocket-Accept: bad" },
  ])("refuses an upstream that answers $answer", async ({ lines, accept }) => {
    const client = rawConnect(at.gate.port, handshake("/", "Sec-WebSocket-Protocol: a"));
    const { peer, head } = await at.upstream.next();
    const bytes = accepting(head, ...lines);
    peer.write(accept ? bytes.replace(/Sec-WebSocket-Accept: .*/, accept) : bytes);
    expect(await client.head()).toStartWith("HTTP/1.1 502");
    await peer.ended();
    expect(at.gate.causes.splice(0)).toEqual(["upstream invalid_answer"]);
    client.socket.destroy();
  });

  test("passes on a refusal with its status, headers and content, and follows no redirect", async () => {
    const client = rawConnect(at.gate.port, handshake());
    const { peer } = await at.upstream.next();
    const lines = [
      "Location: /b",
      "Set-Cookie: a=1",
      "Set-Cookie: b=2",
      "WWW-Authenticate: Basic",
      "Content-Type: a/b",
    ];
    const framing = [
      "Transfer-Encoding: chunked",
      "Keep-Alive: timeout=5",
      "Connection: X-Hop, close",
      "X-Hop: 1",
    ];
    peer.write(`HTTP/1.1 302 Found\r\n${[...lines, ...framing].join("\r\n")}\r\n\r\n5\r\nhello\r\n0\r\n\r\n`);
    const answer = await client.head();
    expect(answer).toStartWith("HTTP/1.1 302 ");
    for (const line of lines) expect(answer.toLowerCase()).toContain(`\r\n${line.toLowerCase()}`);
    expect(answer).toContain("Content-Length: 5");
    expect(answer).not.toMatch(/x-hop|keep-alive|chunked|upgrade/i);
    expect((await client.bytes(5)).toString()).toBe("hello");
    await peer.ended();
    expect(at.gate.causes).toEqual([]);
    client.socket.destroy();
  });

  test("cuts the content of a refusal off at its maximum", async () => {
    const client = rawConnect(at.gate.port, handshake());
    const { peer } = await at.upstream.next();
    peer.write(`HTTP/1.1 403 Forbidden\r\nContent-Length: 9000000\r\n\r\n${"x".repeat(1_000_000)}`);
    const answer = await client.head();
    expect(answer).toStartWith("HTTP/1.1 403 Forbidden");
    expect(answer).toContain(`Content-Length: ${LIMITS.socketRefusalSize}`);
    await peer.ended();
    client.socket.destroy();
  });

  test("passes on a refusal without content", async () => {
    const client = rawConnect(at.gate.port, handshake());
    const { peer } = await at.upstream.next();
    peer.write("HTTP/1.1 204 No Content\r\nX-Answer: yes\r\n\r\n");
    expect(await client.head()).toMatch(/^HTTP\/1\.1 204 No Content\r\n[^]*x-answer: yes/i);
    client.socket.destroy();
  });

  test.each([
    { answer: "nothing", bytes: "", cause: "reset" },
    { answer: "half a head", bytes: "HTTP/1.1 101 Switch", cause: "reset" },
    { answer: "garbage", bytes: "garbage\r\n\r\n", cause: "invalid_answer" },
  ])("fails when the upstream answers $answer and ends", async ({ bytes, cause }) => {
    const client = rawConnect(at.gate.port, handshake());
    const { peer } = await at.upstream.next();
    peer.socket.end(bytes);
    expect(await client.head()).toStartWith("HTTP/1.1 502");
    expect(at.gate.causes.splice(0)).toEqual([`upstream ${cause}`]);
    client.socket.destroy();
  });

  test("ends the handshake with the upstream when the client leaves during it", async () => {
    const client = rawConnect(at.gate.port, handshake());
    const { peer } = await at.upstream.next();
    client.socket.destroy();
    await peer.ended();
    expect(at.gate.causes.splice(0)).toEqual([null]);
  });

  test("ends the handshake when the client sends a frame before it is over", async () => {
    const client = rawConnect(at.gate.port, handshake());
    const { peer } = await at.upstream.next();
    client.write(frame(OPCODE.text, "early"));
    await client.ended();
    await peer.ended();
    expect(at.gate.causes.splice(0)).toEqual([null]);
  });
  test("counts no request or WebSocket that is over", () => {
    expect(at.gate.counted()).toBe(0);
  });
});
