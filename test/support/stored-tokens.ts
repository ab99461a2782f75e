import type { StoredToken, TokenEvent } from "../../src/tokens/stored-token.ts";
import { randomHandle } from "../../src/tokens/minted-token.ts";
import { digestToken } from "../../src/tokens/token.ts";

/** What a store keeps of a new token of anna's, with these differences. */
export function storedToken(token: string, given: Partial<StoredToken> = {}): StoredToken {
  return {
    handle: randomHandle(),
    digest: digestToken(token),
    user: "anna",
    name: null,
    scopes: [],
    from: [],
    created: 1_795_000_000_000,
    notBefore: null,
    expires: null,
    disabled: false,
    revoked: null,
    rotatedFrom: null,
    lastUsed: null,
    lastUsedFrom: null,
    ...given,
  };
}

/** An event of a token, with these differences. */
export function tokenEvent(handle: string, given: Partial<TokenEvent> = {}): TokenEvent {
  return {
    time: 1_795_000_000_000,
    handle,
    action: "created",
    detail: "for anna",
    by: "root",
    host: "host1",
    ...given,
  };
}
