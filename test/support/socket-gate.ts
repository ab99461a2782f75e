import type { Exchange } from "../../src/http/exchange.ts";
import type { Ending } from "../../src/http/open-response.ts";
import { Refusal } from "../../src/http/refusal.ts";
import { Upgraded } from "../../src/http/upgraded.ts";
import { startListener, type Listener } from "../../src/listen/listener.ts";
import { isHandshake } from "../../src/routes/proxy/handshake.ts";
import type { UpstreamOptions } from "../../src/upstream/upstream.ts";
import { webSocketBridge } from "../../src/routes/proxy/websocket.ts";
import { urlOf } from "./carrying.ts";
import { exchangeOf } from "./exchange.ts";
import { listenOn } from "./seed-config.ts";

/** A listener all of whose requests go to one bridge. */
export interface SocketGate {
  readonly port: number;
  readonly listener: Listener;
  /** Causes of the refusals so far. */
  readonly causes: (string | null)[];
  /** Requests and WebSockets that are counted now. */
  counted(): number;
  /** The next exchange whose WebSocket has closed. */
  ended(): Promise<{ readonly exchange: Exchange; readonly ending: Ending }>;
}

/** What can be set of one. */
export type SocketGateOptions = Partial<Omit<UpstreamOptions, "url">> & { readonly stall?: number };

/** Starts one in front of an upstream, whose URL a proxy route could have. */
export async function socketGate(upstream: string, given: SocketGateOptions = {}): Promise<SocketGate> {
  const url = urlOf(upstream);
  const { stall, ...options } = given;
  const causes: (string | null)[] = [];
  let counted = 0;
  const bridge = webSocketBridge(
    { url, tls: { ca: null, insecure: false }, connectTimeout: 5000, timeout: null, ...options },
    { max: 100, enter: () => true, leave: () => void (counted -= 1) },
    () => {},
    stall,
  );
  const all: { exchange: Exchange; ending: Ending }[] = [];
  let wake = () => {};
  const listener = await startListener(
    listenOn(),
    async (request, connection) => {
      if (!isHandshake(request)) return new Response("no handshake");
      const { pathname, search } = new URL(request.url);
      const exchange = exchangeOf({ route: pathname }, request, connection);
      counted += 1;
      const lines = [...request.headers].map(([name, value]) => `${name}: ${value}\r\n`).join("");
      const answer = await bridge(request, exchange, pathname + search, lines);
      if (answer instanceof Refusal) {
        causes.push(answer.cause);
        return answer.toResponse();
      }
      if (answer instanceof Upgraded) {
        void answer.ended.then((ending) => {
          all.push({ exchange, ending });
          wake();
        });
      }
      return answer;
    },
    () => {},
  );
  return {
    port: Number(new URL(listener.url).port),
    listener,
    causes,
    counted: () => counted,
    async ended() {
      while (all.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return all.shift() as { exchange: Exchange; ending: Ending };
    },
  };
}
