import { digestToken, type Digest } from "../tokens/token.ts";
import type { TokenStore } from "../tokens/token-store.ts";
import { userOfDigest, type User } from "../tokens/user.ts";

/** What the store has to know. */
export interface ConfigStoreOptions {
  /** The tokens as config.json gives them. Only their digests are kept. */
  readonly tokens: readonly string[];
}

/** The tokens of config.json. A user is made at its first request, so a million idle tokens stay small. */
export function configStore(options: ConfigStoreOptions): TokenStore {
  const users = new Map<Digest, User | null>();
  for (const token of options.tokens) users.set(digestToken(token), null);
  return {
    size: users.size,
    find(digest) {
      const known = users.get(digest);
      if (known !== null) return known ?? null;
      const user = userOfDigest(digest);
      users.set(digest, user);
      return user;
    },
  };
}
