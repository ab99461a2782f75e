/**
 * A new token: `ts_`, 8 characters that name it (its handle), `_`, 256 random bits in 43 characters of base62, and a
 * checksum of all before it in 6. Secret scanners recognise the form, and a damaged token is refused without
 * asking a store.
 */
export function mintToken(): string {
  const secret = base62(crypto.getRandomValues(new Uint8Array(32)), SECRET_LENGTH);
  const start = `${PREFIX}${randomHandle()}_${secret}`;
  return start + digits(Bun.hash.crc32(start)).slice(-CHECKSUM_LENGTH);
}

/** A handle for a token that has none of its own: 8 random characters of base62. */
export function randomHandle(): string {
  // 64 bits modulo 62^8: all handles are equally likely, up to a hundred-thousandth.
  return base62(crypto.getRandomValues(new Uint8Array(8)), HANDLE_LENGTH);
}

/** Whether a text begins as a minted token does. Only such a text is expected to have a checksum. */
export function looksMinted(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** The handle of a minted token; null if the text doesn't have its form, or has a wrong checksum. */
export function mintedHandle(text: string): string | null {
  return isMinted(text) ? text.slice(PREFIX.length, PREFIX.length + HANDLE_LENGTH) : null;
}

/**
 * Whether a text begins as a minted token does but is not one: characters are missing, added or changed. Takes 0.01
 * microseconds for a text without the prefix, and 0.1 for a minted token (Bun 1.4.5).
 */
export function isDamaged(text: string): boolean {
  return text.startsWith(PREFIX) && !isMinted(text);
}

/** Whether a text has the form of a handle. */
export function isHandle(text: string): boolean {
  return /^[0-9A-Za-z]{8}$/.test(text);
}

/** A CRC-32 detects damage. It does not stop forgery, and need not: a forged token is unknown. */
function isMinted(text: string): boolean {
  if (!MINTED.test(text)) return false;
  const end = text.length - CHECKSUM_LENGTH;
  let checksum = 0;
  for (let at = end; at < text.length; at += 1) checksum = checksum * 62 + digit(text.charCodeAt(at));
  return checksum === Bun.hash.crc32(text.slice(0, end));
}

/** The value of a digit of base62. */
function digit(code: number): number {
  if (code <= 0x39) return code - 0x30;
  return code <= 0x5a ? code - 0x41 + 10 : code - 0x61 + 36;
}

/** The last digits in base62 of a number of several bytes, the highest first. */
function base62(bytes: Uint8Array, length: number): string {
  let text = "";
  // Several digits at a time: a division of a BigInt takes 0.2 microseconds (Bun 1.4.5).
  for (let rest = BigInt(`0x${bytes.toHex()}`); text.length < length; rest /= STEP)
    text = digits(Number(rest % STEP)) + text;
  return text.slice(-length);
}

/** The last 8 digits of a number in base62. */
function digits(number: number): string {
  let text = "";
  for (let rest = number; text.length < STEP_LENGTH; rest = Math.floor(rest / 62))
    text = DIGITS.charAt(rest % 62) + text;
  return text;
}

/** What every minted token begins with. */
const PREFIX = "ts_";
const HANDLE_LENGTH = 8;
const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const MINTED = /^ts_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}$/;
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** Digits that a number holds without rounding. */
const STEP_LENGTH = 8;
const STEP = 62n ** 8n;
