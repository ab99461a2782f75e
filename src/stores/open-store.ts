import type { TokenAdmin } from "../tokens/token-admin.ts";
import type { TokenStore } from "../tokens/token-store.ts";
import { postgresAdmin } from "./postgres-admin.ts";
import { postgresStore } from "./postgres-store.ts";
import { sqliteAdmin } from "./sqlite-admin.ts";
import { sqliteStore } from "./sqlite-store.ts";
import type { StoreUrl } from "./store-url.ts";

/** Options for `tokenStore`. */
export interface TokenStoreOptions {
  /**
   * Whether `open` creates a store that is not there: at the start of a server, and never later, because an empty store
   * in the place of one that has vanished would lock everyone out.
   */
  readonly create: boolean;
  /** Milliseconds of a clock that never goes back. */
  readonly elapsed: () => number;
}

/** The store that a URL names, for a server. It is not open yet. */
export function tokenStore(url: StoreUrl, options: TokenStoreOptions): TokenStore {
  if (url.kind === "sqlite") return sqliteStore({ ...options, url });
  return postgresStore({ ...options, url });
}

/**
 * Opens the store that a URL names for the commands, and migrates its tables; null if there is none and `create` is
 * false. Throws a StoreError, whose message is for the person who runs the command.
 */
export async function openAdmin(
  url: StoreUrl,
  options: { readonly create: boolean },
): Promise<TokenAdmin | null> {
  if (url.kind === "sqlite") return sqliteAdmin({ ...options, url });
  return postgresAdmin({ ...options, url });
}
