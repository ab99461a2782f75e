import { describe, expect, test } from "bun:test";
import type { WebSocket } from "ws";
import type { ClientSocket } from "../../../src/http/upgraded.ts";
import { SocketBridge } from "../../../src/routes/proxy/socket-bridge.ts";
import { exchangeOf } from "../../support/exchange.ts";

/** A bridge between two WebSockets that note what is done to them. */
function bridged(waiting: number) {
  const done: string[] = [];
  const bridge = new SocketBridge(exchangeOf());
  const up = {
    readyState: 1,
    bufferedAmount: 0,
    send: (data: string) => done.push(`up send ${data}`),
    close: (code: number, reason: string) => {
      up.readyState = 2;
      done.push(`up close ${code} ${reason}`);
    },
    terminate: () => done.push("up terminate"),
    resume: () => {},
  };
  const end = (code: number, reason: string) => bridge.close(client as unknown as ClientSocket, code, reason);
  const client = {
    readyState: 1,
    getBufferedAmount: () => waiting,
    sendText: (data: string) => (done.push(`client send ${data}`), 1),
    close(code: number, reason: string) {
      done.push(`client close ${code} ${reason}`);
      end(code, reason);
    },
    terminate() {
      done.push("client terminate");
      end(1006, "");
    },
  };
  bridge.join(up as unknown as WebSocket);
  return { bridge, done, client: client as unknown as ClientSocket };
}

describe("SocketBridge.cut()", () => {
  test("closes both sides with 1008, and passes nothing on after that", async () => {
    const { bridge, done, client } = bridged(0);
    bridge.open(client);
    bridge.received(Buffer.from("a"), false);
    bridge.cut();
    bridge.received(Buffer.from("b"), false);
    bridge.message(client, "c");
    bridge.cut();
    expect(done).toEqual([
      "client send a",
      "up close 1008 token withdrawn",
      "client close 1008 token withdrawn",
    ]);
    expect(await bridge.ended).toEqual({ kind: "cut", sent: 1 });
  });

  test("terminates the connection of a client that has not read what waits for it", async () => {
    const { bridge, done, client } = bridged(1);
    bridge.open(client);
    bridge.cut();
    expect(done).toEqual(["up close 1008 token withdrawn", "client terminate"]);
    expect(await bridge.ended).toEqual({ kind: "cut", sent: 0 });
  });

  test("ends a client that opens after it, before anything that the upstream sent", async () => {
    const { bridge, done, client } = bridged(0);
    bridge.received(Buffer.from("a"), false);
    bridge.cut();
    bridge.open(client);
    expect(done).toEqual(["up close 1008 token withdrawn", "client close 1008 token withdrawn"]);
    expect(await bridge.ended).toEqual({ kind: "cut", sent: 0 });
  });
});
