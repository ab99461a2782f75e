import { mintedHandle } from "../tokens/minted-token.ts";
import { digestToken } from "../tokens/token.ts";
import { userOf, type EntryFields, type TokenEntry } from "../tokens/token-entry.ts";
import type { TokenRecord, TokenRules } from "../tokens/token-record.ts";
import type { TokenStore } from "../tokens/token-store.ts";
import type { NamedUser } from "../tokens/user.ts";

/** Options for `configStore`. */
export interface ConfigStoreOptions {
  /** The entries of `allowed_tokens`. */
  readonly tokens: readonly TokenEntry[];
}

/**
 * A store of the tokens in config.json. They never change, because a reload makes another store. It keeps no token once
 * its records are read.
 */
export function configStore({ tokens }: ConfigStoreOptions): TokenStore {
  let entries = tokens;
  return {
    async open() {
      const opened = entries;
      entries = [];
      return records(opened);
    },
    onChange() {},
    state: () => CONNECTED,
    async close() {
      entries = [];
    },
  };
}

const CONNECTED = { kind: "connected", since: 0, loaded: true } as const;

/** Makes one record at a time, because a million at once take 160 MB (Bun 1.4.5). */
function* records(entries: readonly TokenEntry[]): Generator<TokenRecord> {
  for (const entry of entries) yield { ...recordOf(entry), isLasting: true };
}

function recordOf(entry: TokenEntry): TokenRecord {
  if (typeof entry === "string") return recordOfToken(entry, null);
  const name = userOf(entry);
  const user = name === undefined ? null : { name };
  const record =
    "sha256" in entry ? { digest: Uint8Array.fromHex(entry.sha256), user } : recordOfToken(entry.token, user);
  const rules = rulesOf(entry);
  return rules === null ? record : { ...record, rules };
}

function rulesOf({ scopes, from, notBefore, expires, disabled }: EntryFields): TokenRules | null {
  if ([scopes, from, notBefore, expires, disabled].every((given) => given === undefined)) return null;
  return {
    scopes: scopes ?? [],
    from: from ?? [],
    notBefore: notBefore ?? null,
    expires: expires ?? null,
    disabled: disabled ?? false,
    revoked: false,
  };
}

function recordOfToken(token: string, user: NamedUser | null): TokenRecord {
  return { digest: digestToken(token), user, handle: mintedHandle(token) };
}
