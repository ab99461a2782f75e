import { digestToken } from "./token.ts";

/** An entry of a list of tokens: a token alone, or an object with a token, or with the digest of one. */
export type TokenEntry = string | PlainEntry | DigestEntry;

/** What an entry can say of its token. */
export interface EntryFields {
  /** Who it is, in logs, metrics and answers. Unlike an id, it stays the same after a restart or with a new token. */
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
 * Finds entries for the same token that may say different things, and those that show a token or a digest where none is
 * kept secret, or that are never good. No text shows a token or a name.
 *
 * A token that is listed twice without anything else is no problem. A token and its digest are the same token: they are
 * compared as digests where there is one in the list, and else as they are, which takes a million tokens no time.
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
      report(index, "expires", "must be later than not_before: the token would never be good");
  });
  for (const { index, property, isUser } of showing)
    report(
      index,
      property,
      `must not be a token or its digest${isUser ? USER_SHOWS : ": it is not kept secret"}`,
    );
}

const USER_SHOWS = ": logs, metrics and whoami show it";

/** A property that is no secret. */
interface Shown {
  readonly index: number;
  readonly property: "user" | "name";
  readonly isUser: boolean;
}

/** The first entry that says something of each token: every other one for it is a problem. */
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

/** The properties that a token would be shown by, by its key. */
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

/** What an entry has: the key of its token, where that is. */
function readEntry(entry: SoundEntry | undefined, keyOf: (token: string) => string) {
  if (typeof entry !== "object")
    return { key: entry === undefined ? undefined : keyOf(entry), property: null };
  if ("sha256" in entry) return { key: entry.sha256?.toLowerCase(), property: "sha256" } as const;
  return { key: entry.token === undefined ? undefined : keyOf(entry.token), property: "token" } as const;
}

/** Users with one name that is a token: the first few say enough. */
const MAX_SHOWN = 3;
