/** Whether a text can be a scope (RFC 6749 3.3). */
export function isScope(text: string): boolean {
  return /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(text);
}

/** What to write instead of a value that is no scope, or null: OAuth separates scopes with spaces, a config does not. */
export function scopeHint(value: unknown): string | null {
  return typeof value === "string" && /\S\s+\S/.test(value)
    ? 'write several scopes as a list, as in ["read", "write"]'
    : null;
}

/** The first of these scopes that a token lacks, or null. Scopes match exactly. */
export function missingScope(needed: readonly string[], has: readonly string[]): string | null {
  return needed.find((scope) => !has.includes(scope)) ?? null;
}
