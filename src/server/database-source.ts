import { LIMITS } from "../limits.ts";
import type { StoreUrl } from "../stores/store-url.ts";
import { StoreError } from "../tokens/store-error.ts";
import type { TokenStore } from "../tokens/token-store.ts";
import { lastUses, type LastUses } from "./last-uses.ts";
import { storeWatch } from "./store-watch.ts";
import { tokenSource, type SourceOptions, type TokenSource } from "./token-source.ts";

/** The source of the tokens that a database keeps. */
export interface DatabaseSource extends TokenSource {
  readonly url: StoreUrl;
  readonly noteUse: LastUses["note"];
  /** When the last change was applied, in milliseconds since 1970; null before the first. */
  lastChange(): number | null;
}

/**
 * The source of a database. Once it is open, it observes when the database is away and when it is back, and writes last
 * uses every `LIMITS.lastUseInterval` and when it is closed. With `mustLoad`, `open` throws a StoreError if the tokens
 * can't be read yet.
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
  const watch = storeWatch(url.shown, source, options);
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
}
