import { networksTest } from "../../src/http/network.ts";
import type { UserLoaderOptions } from "../../src/tokens/user-loader.ts";

/** What a user loader needs: a connected store without changes, and time that stands still at 0. */
export function loadingOf(given: Partial<UserLoaderOptions> = {}): UserLoaderOptions {
  return {
    now: () => 0,
    elapsed: () => 0,
    isWithin: networksTest(),
    store: { state: () => ({ kind: "connected", since: 0, loaded: true }) },
    staleFor: null,
    ...given,
  };
}
