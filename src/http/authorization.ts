/** Whether a text can be an authentication scheme: a token as RFC 9110 5.6.2 defines it. */
export function isScheme(text: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text);
}

/** The two words of an Authorization header (RFC 9110 11.6.2), as the seed reads them. */
export interface Credentials {
  readonly scheme: string;
  readonly token: string;
}

/**
 * The credentials in the value of an Authorization header, or null unless it is exactly two words parted by
 * exactly one space, once trimmed (which Headers does, by the Fetch standard). Two Authorization lines reach us joined by ", " (Bun 1.4.5), so they are
 * more than two words, and refused, whichever of them is good.
 */
export function readAuthorization(value: string): Credentials | null {
  const space = value.indexOf(" ");
  if (space === -1 || value.indexOf(" ", space + 1) !== -1) return null;
  return { scheme: value.slice(0, space), token: value.slice(space + 1) };
}
