import type { Exchange } from "../../http/exchange.ts";
import type { Answer } from "../../http/handler.ts";
import { Refusal } from "../../http/refusal.ts";
import { Upgraded } from "../../http/upgraded.ts";
import { LIMITS } from "../../limits.ts";
import { dialWebSocket } from "./dial-websocket.ts";
import type { Forward } from "./forwarding.ts";
import { offeredProtocols } from "./handshake.ts";
import { SocketBridge } from "./socket-bridge.ts";
import { socketRefusal } from "./socket-refusal.ts";
import type { Services } from "../route-kind.ts";
import type { UpstreamOptions } from "../../upstream/upstream.ts";
import { UpstreamError } from "../../upstream/upstream-error.ts";
import type { UpstreamLimit } from "./shared-upstreams.ts";
import { CLIENT_LEFT, upstreamRefusal, withdrawnRefusal } from "./upstream-refusal.ts";

/**
 * Forwards handshakes to an upstream and bridges the WebSockets: the client's opens once the upstream's is open, and any other
 * answer of the upstream is passed on. The headers of a request must be unchanged, because Bun 1.4.5 reads them again when
 * it upgrades. The limit must already count the request, which leaves it when the exchange is over. The listener closes
 * the clients' WebSockets when it stops.
 */
export function webSocketBridge(
  options: UpstreamOptions,
  limit: UpstreamLimit,
  opened: Services["opened"],
  stall?: number,
): Forward {
  return async (request, exchange, target, fieldLines, withdrawn) => {
    let answer: Answer | null = null;
    try {
      return (answer = await answerOf(request, exchange, target, fieldLines, withdrawn));
    } catch (fault) {
      if (!(fault instanceof Refusal)) return upstreamRefusal(fault, exchange);
      exchange.setIdle(LIMITS.idleSeconds);
      return fault;
    } finally {
      if (answer instanceof Upgraded) void answer.ended.then(limit.leave);
      else limit.leave();
    }
  };

  async function answerOf(
    request: Request,
    exchange: Exchange,
    target: string,
    fieldLines: string,
    withdrawn: Refusal | undefined,
  ): Promise<Answer> {
    const protocols = offeredProtocols(request);
    if (protocols instanceof Refusal) return protocols;
    // The idle timeout of the client's connection must not limit the wait for an answer.
    exchange.setIdle(0);
    const bridge = new SocketBridge(exchange, stall);
    const { signal } = request;
    const { up, result, fail } = await dialWebSocket(
      options,
      target,
      protocols,
      handshakeHeaders(fieldLines),
      bridge,
      signal,
    );
    bridge.join(up);
    if (withdrawn !== undefined) {
      const cut = () => fail(withdrawnRefusal(withdrawn, exchange));
      opened({ ended: result.catch(() => {}), cut }, exchange);
    }
    const dialled = await result;
    const status = dialled.kind === "open" ? 101 : (dialled.response.statusCode ?? 0);
    exchange.upstream = { status, cause: null, headAfter: exchange.elapsed() };
    if (dialled.kind === "refused") {
      const response = await socketRefusal(dialled.response).finally(() => up.terminate());
      if (response === null) throw new UpstreamError("invalid_answer");
      exchange.setIdle(LIMITS.idleSeconds);
      return response;
    }
    if (dialled.protocol !== null) dialled.headers.set("Sec-WebSocket-Protocol", dialled.protocol);
    // Otherwise Bun 1.4.5 answers with the first protocol that was offered.
    else request.headers.delete("sec-websocket-protocol");
    if (exchange.upgrade(bridge, dialled.headers)) return new Upgraded(bridge.ended, bridge.cut);
    up.terminate();
    throw CLIENT_LEFT;
  }
}

/** The headers of these field lines, without those that "ws" sets. */
function handshakeHeaders(fieldLines: string): Record<string, string> {
  const fields = fieldLines
    .split("\r\n")
    .slice(0, -1)
    .map((line) => line.split(/: (.*)/s, 2) as [name: string, value: string]);
  return Object.fromEntries(fields.filter(([name]) => !OWN_HEADERS.has(name.toLowerCase())));
}

/** Each side has its own; "ws" sets those for the upstream. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  ...["connection", "upgrade", "content-length"],
  ...["sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions", "sec-websocket-protocol"],
]);
