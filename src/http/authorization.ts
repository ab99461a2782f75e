import { RFC_TOKEN } from "./grammar.ts";

/** Whether a string can be an authentication scheme: a token as RFC 9110 5.6.2 defines it. */
export function isScheme(text: string): boolean {
  return RFC_TOKEN.test(text);
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

/** Whether the value of an Authorization header has the scheme Basic, compared without case. */
export function isBasic(value: string): boolean {
  return /^basic(?: |$)/i.test(value);
}

/**
 * Returns the password in the value of an Authorization header of the scheme Basic, whatever the user name, or null if
 * the value is malformed (RFC 7617 2): not two words, not strict base64, no colon, or a control character. It is decoded as
 * Latin-1, which is enough for a password in ASCII, whatever the encoding of the user name.
 */
export function readBasicPassword(value: string): string | null {
  const encoded = readAuthorization(value)?.token ?? "";
  // Uint8Array.fromBase64 would skip white space.
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return null;
  let text;
  try {
    text = Buffer.from(Uint8Array.fromBase64(encoded, { lastChunkHandling: "strict" })).toString("latin1");
  } catch {
    return null;
  }
  const colon = text.indexOf(":");
  return colon === -1 || /[\x00-\x1f\x7f]/.test(text) ? null : text.slice(colon + 1);
}
