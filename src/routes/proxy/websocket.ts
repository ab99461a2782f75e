import type { Answer, Context } from "../../http/handler.ts";
import { Refusal } from "../../http/refusal.ts";
import { Upgraded } from "../../http/upgraded.ts";
import { LIMITS } from "../../limits.ts";
import { dialWebSocket } from "./dial-websocket.ts";
import { readHandshake } from "./handshake.ts";
import { SocketBridge } from "./socket-bridge.ts";
import { socketRefusal } from "./socket-refusal.ts";
import type { Services } from "../route-kind.ts";
import type { UpstreamOptions } from "../../upstream/upstream.ts";
import { UpstreamError } from "../../upstream/upstream-error.ts";
import type { UpstreamLimit } from "./upstream-limit.ts";
import { CLIENT_LEFT, upstreamRefusal, withdrawnRefusal } from "./upstream-refusal.ts";

/**
 * Answers a handshake as the upstream answers it at `target`. `headers` are those that the upstream receives. Those of the
 * request must be unchanged, because Bun 1.4.5 reads them again when it upgrades. `withdrawn` is its refusal if its token is
 * withdrawn before it has an answer.
 */
export type Bridge = (
  request: Request,
  exchange: Context,
  target: string,
  headers: Headers,
  withdrawn?: Refusal,
) => Promise<Answer>;

/**
 * Bridges WebSockets to an upstream: the client's opens once the upstream's is open, and any other answer of the upstream
 * is passed on. The limit must already count the request, which leaves it when the exchange is over. The listener closes the
 * clients' WebSockets when it stops.
 */
export function webSocketBridge(
  options: UpstreamOptions,
  limit: UpstreamLimit,
  opened: Services["opened"],
  stall?: number,
): Bridge {
  return async (request, exchange, target, headers, withdrawn) => {
    let answer: Answer | null = null;
    try {
      return (answer = await answerOf(request, exchange, target, headers, withdrawn));
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
    exchange: Context,
    target: string,
    headers: Headers,
    withdrawn: Refusal | undefined,
  ): Promise<Answer> {
    const handshake = readHandshake(request);
    if (handshake instanceof Refusal) return handshake;
    for (const name of OWN_HEADERS) headers.delete(name);
    // The idle timeout of the client's connection must not limit the wait for an answer.
    exchange.setIdle(0);
    const bridge = new SocketBridge(exchange, stall);
    const { signal } = request;
    const { up, result, fail } = await dialWebSocket(
      options,
      target,
      handshake.protocols,
      headers.toJSON(),
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

/** Each side has its own; "ws" sets those for the upstream. */
const OWN_HEADERS = [
  ...["connection", "upgrade", "content-length"],
  ...["sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions", "sec-websocket-protocol"],
];
