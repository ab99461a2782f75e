import { formatInstant } from "../../text/instant.ts";
import { quote } from "../../text/quote.ts";
import { mintedHandle, mintToken } from "../../tokens/minted-token.ts";
import type { StoredToken, TokenChanges } from "../../tokens/stored-token.ts";
import type { TokenWrites } from "../../tokens/token-admin.ts";
import { digestToken } from "../../tokens/token.ts";
import type { Author } from "./token-services.ts";

/** The fields of a new token; by default it has no scopes, and works from anywhere and for ever. */
export type NewToken = Pick<StoredToken, "user"> &
  Partial<Pick<StoredToken, "name" | "scopes" | "from" | "notBefore" | "expires" | "rotatedFrom">>;

/** A token that was just minted, and its record in the store. */
export interface CreatedToken {
  /** The token itself; nothing else holds it. */
  readonly token: string;
  readonly stored: StoredToken;
}

/** Mints a token, and writes its record and the event in one transaction. `now` is in milliseconds since 1970. */
export async function createToken(
  writes: TokenWrites,
  fields: NewToken,
  { by, host }: Author,
  now: number,
): Promise<CreatedToken> {
  const token = mintToken();
  const stored = newRecord(mintedHandle(token) ?? "", digestToken(token), fields, now);
  await writes.insert(stored);
  const detail = describeFields(stored);
  await writes.log({ time: now, handle: stored.handle, action: "created", detail, by, host });
  return { token, stored };
}

/** The record of a new token. */
export function newRecord(
  handle: string,
  digest: Uint8Array,
  {
    user,
    name = null,
    scopes = [],
    from = [],
    notBefore = null,
    expires = null,
    rotatedFrom = null,
  }: NewToken,
  created: number,
): StoredToken {
  return {
    ...{ handle, digest, user, name, scopes, from, created, notBefore, expires, rotatedFrom },
    ...{ disabled: false, revoked: null, lastUsed: null, lastUsedFrom: null },
  };
}

/** The fields of a token in words, for an event, without those that have their default. */
export function describeFields(fields: TokenChanges & { readonly rotatedFrom?: string | null }): string {
  const { user, name, scopes, from, notBefore, expires, rotatedFrom } = fields;
  const parts = [
    user !== undefined && `user ${user}`,
    name != null && `name ${quote(name, Infinity)}`,
    scopes?.length && `scopes ${scopes.join(" ")}`,
    from?.length && `from ${from.join(" ")}`,
    notBefore != null && `not before ${formatInstant(notBefore)}`,
    expires != null && `expires ${formatInstant(expires)}`,
    rotatedFrom != null && `replaces ${rotatedFrom}`,
  ];
  return parts.filter((part) => typeof part === "string").join(", ");
}
