/**
 * A new token: `ts_`, 8 characters that name it (its handle), `_`, 256 random bits in 43 characters of base62, and a
 * checksum of all before it in 6. Programs that search for leaked secrets know it by its form, and what is damaged is
 * refused without a look at any store.
 */
export function mintToken(): string {
  const secret = base62(
    Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("hex"),
    SECRET_LENGTH,
  );
  const start = `${PREFIX}${randomHandle()}_${secret}`;
  return start + checksum(start);
}

/** A handle for a token that has none of its own: 8 random characters of base62. */
export function randomHandle(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  // 48 bits are close to 62^8, so that each handle is about as likely as any other.
  return base62(Buffer.from(bytes).toString("hex"), 11).slice(-HANDLE_LENGTH);
}

/** Whether a text begins as a minted token does. Only such a text has a checksum to be right or wrong. */
export function looksMinted(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** The handle of a minted token, or null if the text has not its form or a wrong checksum. */
export function mintedHandle(text: string): string | null {
  if (!MINTED.test(text)) return null;
  const end = text.length - CHECKSUM_LENGTH;
  return checksum(text.slice(0, end)) === text.slice(end)
    ? text.slice(PREFIX.length, PREFIX.length + HANDLE_LENGTH)
    : null;
}

/** Whether a text has the form of a handle. */
export function isHandle(text: string): boolean {
  return /^[0-9A-Za-z]{8}$/.test(text);
}

/** CRC-32 in base62: enough against damage, and no protection against a forger, whose token is unknown anyway. */
function checksum(text: string): string {
  return base62(Bun.hash.crc32(text).toString(16), CHECKSUM_LENGTH);
}

/** A hexadecimal number in base62, padded on the left with zeros. */
function base62(hex: string, length: number): string {
  let rest = BigInt(`0x${hex}`);
  let text = "";
  for (; rest > 0n; rest /= 62n) text = DIGITS.charAt(Number(rest % 62n)) + text;
  return text.padStart(length, "0");
}

/** What every minted token begins with. */
const PREFIX = "ts_";
const HANDLE_LENGTH = 8;
const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const MINTED = /^ts_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}$/;
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
