import type { Exchange } from "../../http/exchange.ts";
import { LIMITS } from "../../limits.ts";

/**
 * The seconds for which the connection of a client may be silent while its request is forwarded. What is set for one
 * request holds until the next (Bun 1.4.5), so it has to be restored.
 */
export class ClientIdle {
  readonly #exchange: Exchange;
  #isSet = false;
  #pause: number | null = null;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** Sets, and restarts, the time; 0 is any time. Once there is a streamed answer, its own time is restarted instead. */
  restart(seconds: number): void {
    this.#isSet = true;
    this.#exchange.setIdle(this.#pause ?? seconds);
  }

  /** From now on, what a streamed answer may pause. Bun 1.4.5 ends a connection up to 4 s early. */
  pause(seconds: number): void {
    this.#pause = seconds === 0 ? 0 : Math.min(seconds + LIMITS.idleTick, LIMITS.maxIdleSeconds);
    this.restart(this.#pause);
  }

  /** Sets the time between requests again, if need be. */
  restore(): void {
    if (this.#isSet) this.#exchange.setIdle(LIMITS.idleSeconds);
  }
}
