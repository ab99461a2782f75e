import { LIMITS } from "../limits.ts";
import { found, isObject, textSchema, type SettingType } from "./schema.ts";
import { isFileName, NO_NAME } from "./references.ts";

/** The name of a file with certificates; given are the certificates, each of which can be read. */
export const certificates = pemFile("the name of a file with a certificate in PEM", certificateFault);

/** The name of a file with a private key; given is the key. */
export const privateKey = pemFile("the name of a file with a private key in PEM", keyFault);

/** A certificate and a key that belong together. That a certificate has expired is no problem: it may be the last one there is. */
export function keyPair<T extends { readonly cert: string; readonly key: string }>(
  type: SettingType<T>,
): SettingType<T> {
  return {
    ...type,
    read(value, path, context) {
      const pair = type.read(value, path, context);
      // What had a problem of its own is missing here, whatever its type.
      if (pair?.cert && pair.key && !belongTogether(pair)) {
        const text = "must be the private key of the first certificate in cert, was that of another";
        context.report([...path, "key"], text);
      }
      return pair;
    },
  };
}

/** When the first of the certificates in a sound PEM text expires, in milliseconds since 1970. */
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
 * A PEM text in a file. A plain text is the name of the file, as `{"file": "PATH"}` is; `{"env": "NAME"}` is the
 * PEM text itself, as what comes from outside is the value itself everywhere. `fault` completes "the file
 * key.pem holds ..." and shows nothing of it.
 */
function pemFile(expected: string, fault: (pem: string) => string | null): SettingType<string> {
  return {
    expected,
    schema: textSchema({ type: "string", minLength: 1 }),
    read(value, path, context) {
      const given = isFileName(value) ? { file: value } : value;
      if (!isObject(given)) {
        // What can't be a name may be the key.
        const was = typeof value === "string" && value !== "" ? NO_NAME : found(value);
        return void context.report(path, `must be ${expected}, was ${was}`);
      }
      const outside = context.outside(given, path, expected, LIMITS.pemSize);
      if (outside === undefined) return undefined;
      const wrong = fault(outside.text);
      if (wrong === null) return outside.text;
      return void context.report(path, `must be ${expected}; ${outside.source} holds ${wrong}`);
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

function belongTogether({ cert, key }: { readonly cert: string; readonly key: string }): boolean {
  const { createPrivateKey, X509Certificate } = nodeCrypto();
  return attempt(() => new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) === true;
}

/** What an act gives or throws. */
function attempt<T>(act: () => T): T | Error {
  try {
    return act();
  } catch (fault) {
    return fault as Error;
  }
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g;
const BEGIN = /-----BEGIN CERTIFICATE-----/g;
const KEY = /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/;

/** Loaded on need: it costs every start some milliseconds and a megabyte, and few have certificates (Bun 1.4.5). */
function nodeCrypto() {
  return process.getBuiltinModule("node:crypto");
}
