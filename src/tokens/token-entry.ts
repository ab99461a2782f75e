import { digestToken } from "./token.ts";

/** An entry of a list of tokens: a token alone, one with the name of its user, or the digest of one. */
export type TokenEntry = string | NamedToken | DigestEntry;

/** A token with the name of its user. Unlike an id, the name stays the same after a restart or with a new token. */
export interface NamedToken {
  readonly token: string;
  readonly name: string;
}

/** The SHA-256 of a token that is kept elsewhere. */
export interface DigestEntry {
  /** 64 hexadecimal digits in either case. */
  readonly sha256: string;
  /** The name of its user, who may have none. */
  readonly name?: string | undefined;
}

/** An entry that is not fully checked: what has a problem of its own is undefined. */
export type SoundEntry =
  | string
  | { readonly token: string | undefined; readonly name: string | undefined }
  | { readonly sha256: string | undefined; readonly name?: string | undefined };

/**
 * Finds entries that make a user ambiguous, or whose name shows a token or a digest. Reports the index of each, the
 * property with the problem (null for the whole entry) and a text that shows neither token nor name.
 *
 * A token that is listed twice without a name is one user, which is no problem. A token and its digest are the same
 * token: they are compared as digests where there is one in the list, and else as they are, which takes a million tokens
 * no time.
 */
export function checkNames(
  entries: readonly (SoundEntry | undefined)[],
  report: (index: number, property: "token" | "sha256" | "name" | null, text: string) => void,
): void {
  const hasDigests = entries.some((entry) => typeof entry === "object" && "sha256" in entry);
  const keyOf = (token: string) => (hasDigests ? digestToken(token).toHex() : token);
  const { names, tokens, namesakes } = claims(entries, keyOf, hasDigests);
  if (names.size + tokens.size === 0) return;

  const shown = new Set<number>();
  entries.forEach((entry, index) => {
    const { key, property, name } = readEntry(entry, keyOf);
    if (typeof name === "string" && names.get(name) !== index) {
      report(index, "name", `must be unique; allowed_tokens[${names.get(name)}] has the same name`);
    }
    if (key === undefined) return;
    const first = tokens.get(key);
    if (first !== undefined && first !== index) {
      report(index, property, `must be unique; allowed_tokens[${first}] is the same token, with a name`);
    }
    const namesake = namesakes.get(key);
    if (namesake !== undefined) shown.add(namesake);
  });
  for (const index of shown) {
    report(index, "name", "must not be a token or its digest: logs, metrics and whoami show the name");
  }
}

/** The first entry with each name, the first with each token that has a name, and the keys that a name would show. */
function claims(
  entries: readonly (SoundEntry | undefined)[],
  keyOf: (token: string) => string,
  hasDigests: boolean,
) {
  const names = new Map<string, number>();
  const tokens = new Map<string, number>();
  const namesakes = new Map<string, number>();
  const claim = (map: Map<string, number>, key: string, index: number) => {
    if (!map.has(key)) map.set(key, index);
  };
  entries.forEach((entry, index) => {
    if (typeof entry !== "object") return;
    const { key, name } = readEntry(entry, keyOf);
    if (key !== undefined && name !== null) claim(tokens, key, index);
    if (typeof name !== "string") return;
    claim(names, name, index);
    claim(namesakes, keyOf(name), index);
    // Only a digest is equal in either case of letters.
    if (hasDigests) claim(namesakes, name.toLowerCase(), index);
  });
  return { names, tokens, namesakes };
}

/** What an entry has: the key of its token, where that is, and its name. */
function readEntry(entry: SoundEntry | undefined, keyOf: (token: string) => string) {
  if (typeof entry !== "object") {
    return { key: entry === undefined ? undefined : keyOf(entry), property: null, name: null };
  }
  if ("sha256" in entry) {
    return { key: entry.sha256?.toLowerCase(), property: "sha256", name: entry.name ?? null } as const;
  }
  const key = entry.token === undefined ? undefined : keyOf(entry.token);
  return { key, property: "token", name: entry.name } as const;
}
