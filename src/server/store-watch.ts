import { LIMITS } from "../limits.ts";
import type { SourceOptions, TokenSource } from "./token-source.ts";

/** Watches whether a store can be reached. */
export interface StoreWatch {
  start(): void;
  stop(): void;
}

/** Observes when a store is away and when it is back. `shown` is its URL for messages. */
export function storeWatch(
  shown: string,
  { store, index }: TokenSource,
  { clock, observe }: Pick<SourceOptions, "clock" | "observe">,
): StoreWatch {
  let awaySince: number | null = null;
  let timer: Timer | null = null;
  const look = () => {
    const { kind, since, loaded, problem = `${shown} can't be reached` } = store.state();
    if (kind === "away" && awaySince === null) {
      awaySince = since;
      observe({ kind: "store_away", problem, loaded });
    } else if (kind === "connected" && loaded && awaySince !== null) {
      observe({
        kind: "store_back",
        store: shown,
        tokens: index.size,
        milliseconds: clock.elapsed() - awaySince,
      });
      awaySince = null;
    }
  };
  return {
    start() {
      look();
      timer ??= setInterval(look, LIMITS.storeWatchInterval).unref();
    },
    stop() {
      if (timer !== null) clearInterval(timer);
    },
  };
}
