/** A token of a list of tokens: by itself, or with the name of its user. */
export type TokenEntry = string | NamedToken;

/** A token whose user has a name, which outlasts the process and the token. */
export interface NamedToken {
  readonly token: string;
  readonly name: string;
}

/** An entry of a list that may have problems of its own: what has one is missing. */
export type UncheckedEntry =
  string | { readonly token: string | undefined; readonly name: string | undefined } | undefined;

/**
 * Finds names and tokens that leave open who a user is, or show a token. Reports the place of each in the list, the
 * property that is wrong (null: the whole entry) and a text that shows neither token nor name.
 *
 * The same token twice without a name is one user, and no problem.
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
