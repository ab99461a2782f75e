import { expect, test } from "bun:test";
import { connect } from "node:tls";
import type { SocketHandler } from "../../src/http/upgraded.ts";
import type { ListenOptions } from "../../src/listen/listen-options.ts";
import { startListener } from "../../src/listen/listener.ts";
import type { Observation } from "../../src/observations/observation.ts";
import { certified } from "../support/certificates.ts";
import { closing, frame, handshake, OPCODE, RawSocket, rawConnect } from "../support/raw-websocket.ts";
import { listenOn } from "../support/seed-config.ts";
import { material } from "../support/tls-listeners.ts";

/** A listener that echoes messages, but for one that throws this fault. */
async function echoing(fault: Error, given: Partial<ListenOptions> = {}) {
  const observations: Observation[] = [];
  const codes: number[] = [];
  const handler: SocketHandler = {
    open() {},
    message(socket, data) {
      if (data === "fault") throw fault;
      socket.send(data);
    },
    drain() {},
    ping() {},
    pong() {},
    close: (_, code) => void codes.push(code),
  };
  const listener = await startListener(
    listenOn(given),
    (request, connection) => {
      connection.upgrade(request, { data: handler, headers: new Headers() });
      return new Response();
    },
    (observation) => void observations.push(observation),
    1,
  );
  return { listener, port: Number(new URL(listener.url).port), observations, codes };
}

test("clientSockets() closes with 1011 where a handler throws, and reports the fault", async () => {
  const fault = new Error("a fault of ours");
  const { listener, port, observations, codes } = await echoing(fault);
  const client = rawConnect(port, handshake());
  expect(await client.head()).toStartWith("HTTP/1.1 101");
  client.write(frame(OPCODE.text, "fault"));
  expect(await client.frame()).toMatchObject({ opcode: OPCODE.close, data: closing(1011) });
  expect(codes).toEqual([1011]);
  expect(observations).toEqual([{ kind: "uncaught", fault }]);
  await listener.stop(0);
});

test("clientSockets() stay open when the certificate of their listener is renewed, until it stops", async () => {
  const [one, two] = [certified("one"), certified("two")];
  const { listener, port, codes } = await echoing(new Error(), { tls: material(one) });
  const socket = connect({ port, host: "127.0.0.1", ca: one.cert });
  const client = new RawSocket(socket);
  client.write(handshake());
  expect(await client.head()).toStartWith("HTTP/1.1 101");
  await listener.renew(material(two));
  client.write(frame(OPCODE.text, "still open"));
  expect((await client.frame())?.data.toString()).toBe("still open");
  expect(listener.inFlight()).toBe(1);
  expect(await listener.stop(5_000)).toBe(0);
  expect((await client.frame())?.data.readUInt16BE(0)).toBe(1001);
  expect(codes).toEqual([1001]);
  socket.destroy();
});
