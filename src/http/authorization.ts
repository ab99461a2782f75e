/** Whether a string can be an authentication scheme: a token as RFC 9110 5.6.2 defines it. */
export function isScheme(text: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text);
}

/** The two words of an Authorization header (RFC 9110 11.6.2). */
export interface Credentials {
  readonly scheme: string;
  readonly token: string;
}

/**
 * Returns the credentials in the value of an Authorization header, or null unless the value is exactly two words
 * separated by one space, once trimmed (which Headers does, by the Fetch standard). Bun 1.4.5 joins two Authorization
 * lines with ", ", so they are more than two words, and null even if one of them is valid.
 */
export function readAuthorization(value: string): Credentials | null {
  const space = value.indexOf(" ");
  if (space === -1 || value.indexOf(" ", space + 1) !== -1) return null;
  return { scheme: value.slice(0, space), token: value.slice(space + 1) };
}
