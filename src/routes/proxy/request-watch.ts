import type { Exchange } from "../../http/exchange.ts";
import type { Open } from "../../http/open-response.ts";
import type { Refusal } from "../../http/refusal.ts";
import type { Services } from "../route-kind.ts";
import { CLIENT_LEFT, withdrawnRefusal } from "./upstream-refusal.ts";

/**
 * Watches a request that waits for its answer: when its client leaves, or has left already, or its token is withdrawn, calls
 * `end` with a reason that `answerWithout` understands. `withdrawn` is the refusal then; undefined if it has no user.
 */
export class RequestWatch implements Open {
  readonly ended: Promise<void>;
  readonly #request: Request;
  readonly #exchange: Exchange;
  readonly #withdrawn: Refusal | undefined;
  readonly #end: (reason: unknown) => void;
  readonly #resolveEnded: () => void;
  #isOver = false;

  constructor(
    request: Request,
    exchange: Exchange,
    withdrawn: Refusal | undefined,
    end: (reason: unknown) => void,
  ) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#resolveEnded = resolve;
    this.#request = request;
    this.#exchange = exchange;
    this.#withdrawn = withdrawn;
    this.#end = end;
  }

  start(opened: Services["opened"]): void {
    const { signal } = this.#request;
    const leave = () => {
      if (!this.#isOver) this.#end(CLIENT_LEFT);
    };
    if (signal.aborted) return leave();
    signal.addEventListener("abort", leave);
    if (this.#withdrawn !== undefined) opened(this, this.#exchange);
  }

  cut(): void {
    if (!this.#isOver && this.#withdrawn !== undefined)
      this.#end(withdrawnRefusal(this.#withdrawn, this.#exchange));
  }

  /** Ends the watch. */
  stop(): void {
    this.#isOver = true;
    this.#resolveEnded();
  }
}
