import { digestToken } from "./token.ts";

/** An entry of a list of tokens: a token alone, or an object with a token, or with the digest of one. */
export type TokenEntry = string | PlainEntry | DigestEntry;

/** What an entry can set for its token. */
export interface EntryFields {
  /** The name of its user in logs, metrics and answers. Unlike an id, it survives a restart and a new token. */
  readonly user?: string | undefined;
  /** A label for people; the user too where there is none. */
  readonly name?: string | undefined;
  readonly scopes?: readonly string[] | undefined;
  /** The networks that it may come from. */
  readonly from?: readonly string[] | undefined;
  /** Milliseconds since 1970, as all times. */
  readonly notBefore?: number | undefined;
  readonly expires?: number | undefined;
  readonly disabled?: boolean | undefined;
}

/** A token itself. */
export interface PlainEntry extends EntryFields {
  readonly token: string;
}

/** The SHA-256 of a token that is kept elsewhere. */
export interface DigestEntry extends EntryFields {
  /** 64 hexadecimal digits in either case. */
  readonly sha256: string;
}

/** An entry that is not fully checked: what has a problem of its own is undefined. */
export type SoundEntry =
  | string
  | (EntryFields & { readonly token: string | undefined })
  | (EntryFields & { readonly sha256: string | undefined });

/** The name of the user of an entry; undefined for one that has an id. */
export function userOf({ user, name }: EntryFields): string | undefined {
  return user ?? name;
}

/** Reports the index of an entry, the property with the problem (null for the whole entry) and what is wrong with it. */
export type ReportEntry = (
  index: number,
  property: "token" | "sha256" | "user" | "name" | "expires" | null,
  text: string,
) => void;

/**
 * Reports entries for the same token that may differ, those that have a token or a digest in a property that is not kept
 * secret, and those that are never valid. No text shows a token or a name.
 *
 * A token that is listed twice with nothing else is no problem. A token and its digest are the same token: if the list
 * has a digest, all are compared as digests, and otherwise as they are, which is fast for a million tokens.
 */
export function checkEntries(entries: readonly (SoundEntry | undefined)[], report: ReportEntry): void {
  if (!entries.some((entry) => typeof entry === "object")) return;
  const hasDigests = entries.some((entry) => typeof entry === "object" && "sha256" in entry);
  const keyOf = (token: string) => (hasDigests ? digestToken(token).toHex() : token);
  const claimed = firstClaims(entries, keyOf);
  const shown = shownKeys(entries, keyOf, hasDigests);
  const showing = new Set<Shown>();
  entries.forEach((entry, index) => {
    const { key, property } = readEntry(entry, keyOf);
    if (key !== undefined) {
      const first = claimed.get(key);
      if (first !== undefined && first !== index)
        report(index, property, `must be unique; allowed_tokens[${first}] is the same token`);
      for (const one of shown.get(key) ?? []) showing.add(one);
    }
    if (typeof entry !== "object") return;
    const { notBefore, expires } = entry;
    if (notBefore !== undefined && expires !== undefined && expires <= notBefore)
      report(index, "expires", "must be later than not_before: the token would never be valid");
  });
  for (const { index, property, isUser } of showing)
    report(
      index,
      property,
      `must not be a token or its digest${isUser ? USER_SHOWS : ": it is not kept secret"}`,
    );
}

const USER_SHOWS = ": logs, metrics and whoami show it";

/** A property that is not kept secret. */
interface Shown {
  readonly index: number;
  readonly property: "user" | "name";
  readonly isUser: boolean;
}

/** The first entry that sets anything for each token: every other entry for it is a problem. */
function firstClaims(entries: readonly (SoundEntry | undefined)[], keyOf: (token: string) => string) {
  const first = new Map<string, number>();
  entries.forEach((entry, index) => {
    const { key } = readEntry(entry, keyOf);
    if (key !== undefined && !first.has(key) && typeof entry === "object" && saysMore(entry))
      first.set(key, index);
  });
  return first;
}

function saysMore(entry: EntryFields): boolean {
  const { user, name, scopes, from, notBefore, expires, disabled } = entry;
  return [user, name, scopes, from, notBefore, expires, disabled].some((given) => given !== undefined);
}

/** The properties that would show a token, by its key. */
function shownKeys(
  entries: readonly (SoundEntry | undefined)[],
  keyOf: (token: string) => string,
  hasDigests: boolean,
): Map<string, Shown[]> {
  const shown = new Map<string, Shown[]>();
  const add = (key: string, one: Shown) => {
    const known = shown.get(key);
    if (known === undefined) shown.set(key, [one]);
    else if (known.length < MAX_SHOWN) known.push(one);
  };
  entries.forEach((entry, index) => {
    if (typeof entry !== "object") return;
    for (const property of ["user", "name"] as const) {
      const text = entry[property];
      if (text === undefined) continue;
      const one = { index, property, isUser: property === "user" || entry.user === undefined };
      add(keyOf(text), one);
      // Only a digest is equal in either case of letters.
      if (hasDigests) add(text.toLowerCase(), one);
    }
  });
  return shown;
}

/** The key of an entry's token, and the property that it comes from. */
function readEntry(entry: SoundEntry | undefined, keyOf: (token: string) => string) {
  if (typeof entry !== "object")
    return { key: entry === undefined ? undefined : keyOf(entry), property: null };
  if ("sha256" in entry) return { key: entry.sha256?.toLowerCase(), property: "sha256" } as const;
  return { key: entry.token === undefined ? undefined : keyOf(entry.token), property: "token" } as const;
}

/** Properties with the same token that are reported: the first few are enough. */
const MAX_SHOWN = 3;
