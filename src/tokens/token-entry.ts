/** An entry of a list of tokens: a token alone, or one with the name of its user. */
export type TokenEntry = string | NamedToken;

/** A token with the name of its user. Unlike an id, the name stays the same after a restart or with a new token. */
export interface NamedToken {
  readonly token: string;
  readonly name: string;
}

/** An entry that is not fully checked: what has a problem of its own is undefined. */
export type UncheckedEntry =
  string | { readonly token: string | undefined; readonly name: string | undefined } | undefined;

/**
 * Finds entries that make a user ambiguous, or whose name shows a token. Reports the index of each, the property with
 * the problem (null for the whole entry) and a text that shows neither token nor name.
 *
 * A token that is listed twice without a name is one user, which is no problem.
 */
export function checkNames(
  entries: readonly UncheckedEntry[],
  report: (index: number, property: keyof NamedToken | null, text: string) => void,
): void {
  const names = new Map<string, number>();
  const tokens = new Map<string, number>();
  entries.forEach((entry, index) => {
    if (typeof entry !== "object") return;
    const { token, name } = entry;
    if (name !== undefined && !names.has(name)) names.set(name, index);
    if (token !== undefined && !tokens.has(token)) tokens.set(token, index);
  });
  if (names.size + tokens.size === 0) return;

  const shown = new Set<number>();
  entries.forEach((entry, index) => {
    const { token, name } = typeof entry === "object" ? entry : { token: entry };
    if (name !== undefined && names.get(name) !== index) {
      report(index, "name", `must be unique; allowed_tokens[${names.get(name)}] has the same name`);
    }
    if (token === undefined) return;
    const first = tokens.get(token);
    if (first !== undefined && first !== index) {
      const property = typeof entry === "object" ? "token" : null;
      report(index, property, `must be unique; allowed_tokens[${first}] is the same token, with a name`);
    }
    const namesake = names.get(token);
    if (namesake !== undefined) shown.add(namesake);
  });
  for (const index of shown)
    report(index, "name", "must not be a token: logs, metrics and whoami show the name");
}
