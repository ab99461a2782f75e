import type { Clock } from "../http/clock.ts";
import { LIMITS } from "../limits.ts";
import type { Observe } from "../observations/observation.ts";
import type { StoreUrl } from "../stores/store-url.ts";
import { StoreError } from "../tokens/store-error.ts";
import type { TokenIds } from "../tokens/token-ids.ts";
import { fillIndex, tokenIndex, type TokenIndex } from "../tokens/token-index.ts";
import type { TokenStore } from "../tokens/token-store.ts";
import { lastUses, type LastUses } from "./last-uses.ts";

/** A store, and the index that it fills. */
export interface TokenSource {
  readonly store: TokenStore;
  readonly index: TokenIndex;
  /** Opens the store and loads its tokens, once. */
  open(): Promise<void>;
  /** Closes what is open. Never rejects. */
  close(): Promise<void>;
}

/** The source of the tokens that a database keeps. */
export interface DatabaseSource extends TokenSource {
  readonly url: StoreUrl;
  readonly noteUse: LastUses["note"];
  /** When the last change was applied, in milliseconds since 1970; null before the first. */
  lastChange(): number | null;
}

/** What sources need of a server. */
export interface SourceOptions {
  readonly ids: TokenIds;
  readonly clock: Clock;
  readonly observe: Observe;
  /** Called after each change of an index. */
  readonly changed: () => void;
}

/** The source of a store. */
export function tokenSource(store: TokenStore, { ids, observe, changed }: SourceOptions): TokenSource {
  const index = tokenIndex(ids);
  let opening: Promise<void> | null = null;
  return {
    store,
    index,
    open: () => (opening ??= fillIndex(index, store, changed)),
    async close() {
      try {
        await opening;
      } catch {
        // It left nothing open, and who opened it knows why.
        return;
      }
      if (opening !== null)
        await store.close().catch((fault: unknown) => observe({ kind: "uncaught", fault }));
    },
  };
}

/**
 * The source of a database. Once it is open, it observes that the database is away, and that it is back; and it passes on
 * when tokens were used, every `LIMITS.lastUseInterval` and at the end. With `mustLoad`, `open` throws a StoreError if the
 * tokens can't be read yet.
 */
export function databaseSource(
  url: StoreUrl,
  store: TokenStore,
  mustLoad: boolean,
  options: SourceOptions,
): DatabaseSource {
  const { clock, changed } = options;
  let lastChange: number | null = null;
  const source = tokenSource(store, {
    ...options,
    changed() {
      lastChange = clock.now();
      changed();
    },
  });
  const uses = lastUses(store, clock);
  const watch = storeWatch(url, source, options);
  let flushes: Timer | null = null;
  return {
    ...source,
    url,
    noteUse: uses.note,
    lastChange: () => lastChange,
    async open() {
      await source.open();
      const { loaded, problem = `${url.shown} can't be reached` } = store.state();
      if (mustLoad && !loaded) throw new StoreError(problem);
      flushes ??= setInterval(() => void uses.flush(), LIMITS.lastUseInterval).unref();
      watch.start();
    },
    async close() {
      watch.stop();
      if (flushes !== null) clearInterval(flushes);
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, LIMITS.lastUseDeadline);
      await Promise.race([uses.flush(), late.promise]);
      clearTimeout(timer);
      await source.close();
    },
  };

  /** Observes that a store is away and back again. */
  function storeWatch({ shown }: StoreUrl, { index }: TokenSource, { clock, observe }: SourceOptions) {
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
          milliseconds: clock.now() - awaySince,
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
}
