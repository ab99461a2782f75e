import { createPrivateKey, generateKeyPairSync, sign, X509Certificate, type KeyObject } from "node:crypto";

/** A certificate and its key, as PEM texts. */
export interface Certified {
  readonly cert: string;
  readonly key: string;
}

interface Keys {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** What a certificate and its key are made like. */
export interface CertifiedOptions {
  /** Who signs; itself when left out. */
  readonly issuer?: Certified;
  readonly type?: "ec" | "rsa";
  /** The keys, instead of new ones of the type. */
  readonly keys?: Keys;
  /** Days from now on which it is good, at the longest; negative for one that has run out. */
  readonly days?: number;
}

/** Makes a certificate for the loopback with this common name. */
export function certified(
  name: string,
  { issuer, type = "ec", keys = newKeys(type), days = 1 }: CertifiedOptions = {},
): Certified {
  const { publicKey, privateKey } = keys;
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const algorithm =
    createPrivateKey(issuer?.key ?? key).asymmetricKeyType === "ec" ? ECDSA_SHA256 : RSA_SHA256;
  const signer = issuer === undefined ? name : new X509Certificate(issuer.cert).subject.replace("CN=", "");
  const now = Date.now();
  const content = der(
    SEQUENCE,
    der(0xa0, der(INTEGER, Buffer.from([2]))),
    der(INTEGER, Buffer.from([1, ...crypto.getRandomValues(new Uint8Array(8))])),
    algorithm,
    commonName(signer),
    der(SEQUENCE, time(now - 72 * HOUR), time(now + days * 24 * HOUR)),
    commonName(name),
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, der(SEQUENCE, FOR_LOOPBACK, MAY_SIGN)),
  );
  const signature = sign("sha256", content, issuer?.key ?? key);
  const whole = der(SEQUENCE, content, algorithm, der(BIT_STRING, Buffer.from([0]), signature));
  const lines = whole.toString("base64").replace(/.{64}(?=.)/g, "$&\n");
  return { cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`, key };
}

function newKeys(type: "ec" | "rsa"): Keys {
  return type === "ec"
    ? generateKeyPairSync("ec", { namedCurve: "P-256" })
    : generateKeyPairSync("rsa", { modulusLength: 2048 });
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function objectId(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, "hex"));
}

function commonName(name: string): Buffer {
  return der(SEQUENCE, der(0x31, der(SEQUENCE, objectId("550403"), der(0x0c, Buffer.from(name)))));
}

function time(at: number): Buffer {
  const digits = new Date(at).toISOString().replace(/\D/g, "");
  return der(0x17, Buffer.from(`${digits.slice(2, 14)}Z`));
}

const [SEQUENCE, INTEGER, BIT_STRING, OCTET_STRING] = [0x30, 0x02, 0x03, 0x04];
const HOUR = 3_600_000;
const TRUE = Buffer.from([0x01, 0x01, 0xff]);
const ECDSA_SHA256 = der(SEQUENCE, objectId("2a8648ce3d040302"));
const RSA_SHA256 = der(SEQUENCE, objectId("2a864886f70d01010b"), Buffer.from([0x05, 0x00]));
const LOOPBACK = der(SEQUENCE, der(0x82, Buffer.from("localhost")), der(0x87, Buffer.from([127, 0, 0, 1])));
const FOR_LOOPBACK = der(SEQUENCE, objectId("551d11"), der(OCTET_STRING, LOOPBACK));
const MAY_SIGN = der(SEQUENCE, objectId("551d13"), TRUE, der(OCTET_STRING, der(SEQUENCE, TRUE)));
