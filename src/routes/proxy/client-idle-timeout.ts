import type { Exchange } from "../../http/exchange.ts";
import { LIMITS } from "../../limits.ts";

/**
 * The idle timeout of a client's connection while its request is forwarded, in seconds. Bun 1.4.5 keeps it when the request
 * ends, so once it was set it must be restored.
 */
export class ClientIdleTimeout {
  readonly #exchange: Exchange;
  #answerPause: number | null = null;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** Sets and restarts the timeout; 0 is no limit. After `allowPause`, restarts the one that was set there instead. */
  set(seconds: number): void {
    this.#exchange.setIdle(this.#answerPause ?? seconds);
  }

  /** From now on, a streamed answer may pause for this long. Bun 1.4.5 may close a connection 4 s early, so 4 s are added. */
  allowPause(seconds: number): void {
    this.#answerPause = seconds === 0 ? 0 : Math.min(seconds + LIMITS.idleTick, LIMITS.maxIdleSeconds);
    this.set(this.#answerPause);
  }

  /** Sets the timeout between requests again. */
  restore(): void {
    this.#exchange.setIdle(LIMITS.idleSeconds);
  }
}
