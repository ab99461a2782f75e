import { isSubnet } from "../http/network.ts";
import { isHandle } from "../tokens/minted-token.ts";
import { isScope } from "../tokens/scope.ts";
import type { TokenRecord, TokenRules } from "../tokens/token-record.ts";
import { type Digest } from "../tokens/token.ts";
import { nameProblem } from "../tokens/user.ts";

/** The columns of the table `tokens` that a server reads. Lists are separated by spaces. */
export interface RecordRow {
  readonly digest: Digest;
  readonly handle: string;
  readonly username: string;
  readonly scopes: string;
  readonly networks: string;
  readonly not_before: number | null;
  readonly expires: number | null;
  readonly disabled: number | boolean;
  readonly revoked: number | null;
}

/** Makes the records of rows. */
export type RecordReader = (row: RecordRow) => TokenRecord;

/**
 * Returns a reader of rows. Other programs write to a store too, so a row may have values that this program would not
 * write: a token whose user, handle, scopes or networks can't be used is refused like a disabled one.
 *
 * Most tokens share their users and lists, so what was checked is cached.
 */
export function recordReader(): RecordReader {
  const scopesOf = remembered((text) => listOf(text, isScope));
  const networksOf = remembered((text) => listOf(text, isSubnet));
  const isName = remembered((text) => nameProblem(text) === null);
  return ({ digest, handle, username, scopes, networks, ...row }) => {
    const lists = { scopes: scopesOf(scopes), from: networksOf(networks) };
    if (lists.scopes === null || lists.from === null || !isName(username) || !isHandle(handle)) {
      return refused(digest);
    }
    const rules: TokenRules = {
      scopes: lists.scopes,
      from: lists.from,
      notBefore: row.not_before,
      expires: row.expires,
      disabled: Boolean(row.disabled),
      revoked: row.revoked !== null,
    };
    return { digest, user: { name: username }, handle, rules: isAlwaysGood(rules) ? null : rules };
  };
}

/** The record of a token that somebody deleted. An index keeps it, so that it is refused. */
export function deletedRecord(digest: Digest): TokenRecord {
  return { digest, user: null, rules: { ...NO_RULES, revoked: true } };
}

function refused(digest: Digest): TokenRecord {
  return { digest, user: null, rules: { ...NO_RULES, disabled: true } };
}

function isAlwaysGood({ scopes, from, notBefore, expires, disabled, revoked }: TokenRules): boolean {
  const isFree = scopes.length === 0 && from.length === 0;
  return isFree && notBefore === null && expires === null && !disabled && !revoked;
}

/** The words of a list, or null if one of them is invalid. */
function listOf(text: string, isGood: (word: string) => boolean): readonly string[] | null {
  const words = wordsOf(text);
  return words.every(isGood) ? words : null;
}

/** The words of a text, which spaces separate. */
export function wordsOf(text: string): readonly string[] {
  return text.split(" ").filter((word) => word !== "");
}

/** Caches results, so that most of a million rows cost one look-up. */
function remembered<T>(make: (text: string) => T): (text: string) => T {
  const results = new Map<string, T>();
  return (text) => {
    const known = results.get(text);
    if (known !== undefined) return known;
    if (results.size >= REMEMBERED) results.clear();
    const made = make(text);
    results.set(text, made);
    return made;
  };
}

const REMEMBERED = 10_000;
const NO_RULES: TokenRules = {
  scopes: [],
  from: [],
  notBefore: null,
  expires: null,
  disabled: false,
  revoked: false,
};
