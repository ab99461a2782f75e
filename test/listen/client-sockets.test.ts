import { expect, test } from "bun:test";
import type { ClientSocket, SocketHandler } from "../../src/http/upgraded.ts";
import { startListener } from "../../src/listen/listener.ts";
import type { Observation } from "../../src/observations/observation.ts";
import { closing, frame, handshake, OPCODE, rawConnect } from "../support/raw-websocket.ts";
import { listenOn } from "../support/seed-config.ts";

test("clientSockets() closes with 1011 where a handler throws, and reports the fault", async () => {
  const observations: Observation[] = [];
  const closed = Promise.withResolvers<number>();
  const fault = new Error("a fault of ours");
  const handler: SocketHandler = {
    open() {},
    message() {
      throw fault;
    },
    drain() {},
    ping() {},
    pong() {},
    close: (_: ClientSocket, code) => closed.resolve(code),
  };
  const listener = await startListener(
    listenOn(),
    (request, connection) => {
      connection.upgrade(request, { data: handler, headers: new Headers() });
      return new Response();
    },
    (observation) => void observations.push(observation),
  );
  const client = rawConnect(Number(new URL(listener.url).port), handshake());
  expect(await client.head()).toStartWith("HTTP/1.1 101");
  client.write(frame(OPCODE.text, "a"));
  expect(await client.frame()).toMatchObject({ opcode: OPCODE.close, data: closing(1011) });
  expect(await closed.promise).toBe(1011);
  expect(observations).toEqual([{ kind: "uncaught", fault }]);
  await listener.stop(0);
});
