import { LIMITS } from "../limits.ts";
import type { Message } from "./problem.ts";
import { isObject, type SettingType } from "./schema.ts";
import { isFileName, NO_NAME, stringSchema } from "./secret-reference.ts";

/** The name of a file with certificates; the value is the certificates, each of which can be read. */
export const certificates = pemFile("the name of a file with a certificate in PEM", certificateFault);

/** The name of a file with a private key; the value is the key. */
export const privateKey: SettingType<string> = {
  ...pemFile("the name of a file with a private key in PEM", keyFault),
  secret: true,
};

/** A certificate and the key that belongs to it. An expired one is no problem: it may be the last there is. */
export function keyPair<T, S extends { readonly cert: string | undefined; readonly key: string | undefined }>(
  type: SettingType<T, S>,
): SettingType<T, S> {
  return {
    ...type,
    read(value, path, context) {
      const pair = type.read(value, path, context);
      if (pair?.cert !== undefined && pair.key !== undefined && !belongTogether(pair.cert, pair.key)) {
        const text = "must be the private key of the first certificate in cert, was that of another";
        context.report({ path: [...path, "key"], text });
      }
      return pair;
    },
  };
}

/** When the first certificate of a sound PEM text expires, in milliseconds since 1970. */
export function certificateExpiry(pem: string): number {
  const all = pem.match(CERTIFICATE) ?? [];
  return Math.min(...all.map((one) => new (nodeCrypto().X509Certificate)(one).validToDate.getTime()));
}

/** The bits of a sound RSA key, or null for a key of another type. */
export function rsaBits(pem: string): number | null {
  const { asymmetricKeyType, asymmetricKeyDetails } = nodeCrypto().createPrivateKey(pem);
  return asymmetricKeyType === "rsa" ? (asymmetricKeyDetails?.modulusLength ?? null) : null;
}

/**
 * A PEM text in a file. A string is the name of the file, as `{"file": "PATH"}` is; `{"env": "NAME"}` is the PEM text
 * itself, because a reference is the value itself everywhere. `fault` completes "the file key.pem holds ..." and shows
 * nothing of it.
 */
function pemFile(expected: string, fault: (pem: string) => string | null): SettingType<string> {
  return {
    expected,
    schema: stringSchema({ type: "string", minLength: 1 }),
    fileName: true,
    read(value, path, context) {
      const reference = isFileName(value) ? { file: value } : value;
      if (!isObject(reference)) {
        // A string that can't be a name may be the key.
        const found = typeof value === "string" && value !== "" ? { description: NO_NAME } : { value };
        return void context.report({ path, expected, found });
      }
      const resolved = context.resolve(reference, path, expected, LIMITS.pemSize);
      if (resolved === undefined) return undefined;
      const wrong = fault(resolved.text);
      if (wrong === null) return resolved.text;
      const explanation: Message = [resolved.source, ` holds ${wrong}`];
      return void context.report({ path, expected, found: { explanation } });
    },
  };
}

function certificateFault(pem: string): string | null {
  const all = pem.match(CERTIFICATE) ?? [];
  if (all.length === 0) return `no complete "-----BEGIN CERTIFICATE-----" block`;
  if (all.length < (pem.match(BEGIN) ?? []).length) return "an incomplete certificate; copy the whole file";
  const bad = all.findIndex((one) => attempt(() => new (nodeCrypto().X509Certificate)(one)) instanceof Error);
  return bad === -1 ? null : `a certificate that can't be read, number ${bad + 1} of ${all.length}`;
}

function keyFault(pem: string): string | null {
  if (!KEY.test(pem)) return `no "-----BEGIN PRIVATE KEY-----" block`;
  const key = attempt(() => nodeCrypto().createPrivateKey(pem));
  if (!(key instanceof Error)) return null;
  return (key as NodeJS.ErrnoException).code === "ERR_MISSING_PASSPHRASE"
    ? "an encrypted private key; decrypt it with openssl pkey"
    : "a private key that can't be read";
}

function belongTogether(cert: string, key: string): boolean {
  const { createPrivateKey, X509Certificate } = nodeCrypto();
  return attempt(() => new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) === true;
}

/** What an act returns or throws. */
function attempt<T>(act: () => T): T | Error {
  try {
    return act();
  } catch (error) {
    return error as Error;
  }
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g;
const BEGIN = /-----BEGIN CERTIFICATE-----/g;
const KEY = /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/;

/** Loaded when needed: it costs a start some milliseconds and a megabyte, and few have certificates (Bun 1.4.5). */
function nodeCrypto() {
  return process.getBuiltinModule("node:crypto");
}
