import type { Config } from "../config/config.ts";
import type { ConfigStoreOptions } from "../stores/config-store.ts";
import type { TokenStoreOptions } from "../stores/open-store.ts";
import type { StoreUrl } from "../stores/store-url.ts";
import { layeredIndex } from "../tokens/layered-index.ts";
import type { TokenView } from "../tokens/token-index.ts";
import type { TokenStore } from "../tokens/token-store.ts";
import { databaseSource, type DatabaseSource } from "./database-source.ts";
import { tokenSource, type SourceOptions, type TokenSource } from "./token-source.ts";

/** Makes the stores of a config. */
export interface StoreMakers {
  /** The store of the tokens in config.json. */
  config(options: ConfigStoreOptions): TokenStore;
  database(url: StoreUrl, options: TokenStoreOptions): TokenStore;
}

/** The sources of a config's tokens. */
export interface ConfigSources {
  /** The tokens of all sources. For a token in both, the record of the database decides. */
  readonly index: TokenView;
  /** The store that may be away: the database if there is one. */
  readonly store: Pick<TokenStore, "state" | "refresh">;
  readonly database: DatabaseSource | null;
  open(): Promise<void>;
  /** Closes what no other config uses. */
  release(): Promise<void>;
}

/** The sources of all configs of a server. */
export interface TokenSources {
  /** The sources of a config, which are not open yet. */
  of(config: Pick<Config, "tokens" | "tokenStore">): ConfigSources;
  /** Closes all. */
  close(): Promise<void>;
}

/**
 * Keeps a database open across configs that name it: its tokens are not read again, and a reload while it is away loses
 * none. The first config may create a database, and begin without one that is away; a later one can't be used
 * then, because the tokens that are in memory would be lost.
 */
export function tokenSources(makers: StoreMakers, options: SourceOptions): TokenSources {
  const users = new Map<TokenSource, number>();
  let isFirst = true;

  const databaseOf = (url: StoreUrl): DatabaseSource => {
    for (const source of users.keys())
      if (isDatabase(source) && Bun.deepEquals(source.url, url)) return source;
    const { clock } = options;
    return databaseSource(
      url,
      makers.database(url, { create: isFirst, elapsed: () => clock.elapsed() }),
      !isFirst,
      options,
    );
  };
  const release = async (source: TokenSource) => {
    const others = (users.get(source) ?? 0) - 1;
    if (others > 0) users.set(source, others);
    else if (users.delete(source)) await source.close();
  };
  return {
    of({ tokens, tokenStore }) {
      const own = tokenSource(makers.config(tokens), options);
      const database = tokenStore === null ? null : databaseOf(tokenStore);
      isFirst = false;
      const sources = database === null ? [own] : [own, database];
      for (const source of sources) users.set(source, (users.get(source) ?? 0) + 1);
      let isReleased = false;
      const releaseAll = async () => {
        if (isReleased) return;
        isReleased = true;
        await Promise.all(sources.map(release));
      };
      return {
        index: database === null ? own.index : layeredIndex(database.index, own.index),
        store: (database ?? own).store,
        database,
        async open() {
          try {
            await Promise.all(sources.map((source) => source.open()));
          } catch (fault) {
            await releaseAll();
            throw fault;
          }
        },
        release: releaseAll,
      };
    },
    async close() {
      const open = [...users.keys()];
      users.clear();
      await Promise.all(open.map((source) => source.close()));
    },
  };
}

function isDatabase(source: TokenSource): source is DatabaseSource {
  return "url" in source;
}
