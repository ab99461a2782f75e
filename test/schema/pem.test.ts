import { describe, expect, test } from "bun:test";
import { createPrivateKey } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../../src/config/config-error.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { LIMITS } from "../../src/limits.ts";
import { certified } from "../support/certificates.ts";
import { folderWith } from "../support/program.ts";

const folder = folderWith({});

const content = (name: string) => readFileSync(join(folder, name), "utf8");
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

const [rsa, ec, expired] = [
  certified("gate", { type: "rsa" }),
  certified("gate"),
  certified("gate", { type: "rsa", days: -1 }),
];
const exported = (key: string, type: "pkcs1" | "sec1" | "pkcs8", passphrase?: string) => {
  const form = { type, format: "pem", ...(passphrase && { cipher: "aes-256-cbc", passphrase }) } as const;
  return String(createPrivateKey(key).export(form));
};
write("rsa.pem", rsa.cert);
write("rsa.key", rsa.key);
write("ec.pem", ec.cert);
write("ec.key", ec.key);
write("expired.pem", expired.cert);
write("expired.key", expired.key);
write("rsa-old.key", exported(rsa.key, "pkcs1"));
write("ec-old.key", exported(ec.key, "sec1"));
write("encrypted.key", exported(rsa.key, "pkcs8", "word"));
write("encrypted-old.key", exported(rsa.key, "pkcs1", "word"));
write("chain.pem", `The server\r\n${content("rsa.pem")}The authority\n${content("ec.pem")}`);
write("wrong-chain.pem", content("ec.pem") + content("rsa.pem"));
write("both.pem", content("ec.pem") + content("ec.key"));
write("bad.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
write("bad-chain.pem", content("rsa.pem") + content("bad.pem"));
write("cut-chain.pem", content("rsa.pem") + content("rsa.pem").slice(0, 200));
write("cut.pem", content("rsa.pem").slice(0, 200));
write("bad.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
write("cut.key", content("rsa.key").slice(0, 200));
write("large.pem", content("rsa.pem").padEnd(LIMITS.pemSize + 1, "\n"));

/** What a config with this tls gives of it, and the files that were read. */
function read(tls: object, environment = {}) {
  write("config.json", JSON.stringify({ server: { http: { allowed_tokens: [], tls } } }));
  const { listen, files } = loadConfig(join(folder, "config.json"), environment).config;
  return { ...listen.tls, files: files.map((file) => file.replace(`${folder}/`, "")) };
}

/** The problems of a config with this tls, which show nothing of a key. */
function problems(tls: object, environment = {}): string[] {
  try {
    read(tls, environment);
  } catch (fault) {
    expect(fault).toBeInstanceOf(ConfigError);
    const text = (fault as Error).message;
    for (const line of content("rsa.key").split("\n").slice(1, -2)) expect(text).not.toContain(line);
    return text.split("\n").map((line) => line.replace(/^\S+ server\.http\.tls\.?/, ""));
  }
  throw new Error("there is no problem");
}

const CERT = "must be the name of a file with a certificate in PEM";
const KEY = "must be the name of a file with a private key in PEM";

describe("loadConfig()", () => {
  test.each([
    ["rsa.pem", "rsa.key"],
    ["rsa.pem", "rsa-old.key"],
    ["ec.pem", "ec.key"],
    ["ec.pem", "ec-old.key"],
    ["chain.pem", "rsa.key"],
    ["both.pem", "both.pem"],
    ["expired.pem", "expired.key"],
  ])("gives the text of %s and %s", (cert, key) => {
    expect(read({ cert, key })).toEqual({
      cert: content(cert).trimEnd(),
      key: content(key).trimEnd(),
      clientCa: null,
      files: [...new Set(["config.json", cert, key])],
    });
  });

  test("gives the authority of client certificates", () => {
    const { clientCa, files } = read({ cert: "rsa.pem", key: "rsa.key", client_ca: "chain.pem" });
    expect(clientCa).toBe(content("chain.pem").trimEnd());
    expect(files).toEqual(["config.json", "rsa.pem", "rsa.key", "chain.pem"]);
  });

  test("takes PEM from a file by its full name, as a file from outside, and from a variable", () => {
    const tls = {
      cert: { file: join(folder, "rsa.pem") },
      key: { env: "KEY" },
      client_ca: join(folder, "ec.pem"),
    };
    expect(read(tls, { KEY: content("rsa.key") })).toEqual({
      cert: content("rsa.pem").trimEnd(),
      key: content("rsa.key"),
      clientCa: content("ec.pem").trimEnd(),
      files: ["config.json", "rsa.pem", "ec.pem"],
    });
  });

  test("gives a certificate and a key that Bun serves with", async () => {
    for (const [cert, key] of [
      ["rsa.pem", "rsa-old.key"],
      ["ec.pem", "ec-old.key"],
    ]) {
      const { cert: certText = "", key: keyText = "" } = read({ cert, key });
      const server = Bun.serve({
        port: 0,
        tls: { cert: certText, key: keyText },
        fetch: () => new Response("pong"),
      });
      const answer = await fetch(server.url, { tls: { rejectUnauthorized: false } });
      expect(await answer.text()).toBe("pong");
      await server.stop(true);
    }
  });

  const faults: [string, string, string[]][] = [
    ["none.pem", "rsa.key", ["cert needs the file none.pem: no such file"]],
    ["rsa.pem", "none.key", ["key needs the file none.key: no such file"]],
    ["rsa.key", "rsa.key", [`cert ${CERT}; the file rsa.key holds no complete "-----BEGIN CERT`]],
    ["cut.pem", "rsa.key", [`cert ${CERT}; the file cut.pem holds no complete "-----BEGIN CERT`]],
    ["rsa.pem", "rsa.pem", [`key ${KEY}; the file rsa.pem holds no "-----BEGIN PRIVATE`]],
    [
      "cut-chain.pem",
      "rsa.key",
      [`cert ${CERT}; the file cut-chain.pem holds an incomplete certificate; copy the whole file`],
    ],
    [
      "bad.pem",
      "rsa.key",
      [`cert ${CERT}; the file bad.pem holds a certificate that can't be read, number 1 of 1`],
    ],
    [
      "bad-chain.pem",
      "rsa.key",
      [`cert ${CERT}; the file bad-chain.pem holds a certificate that can't be read, number 2 of 2`],
    ],
    ["rsa.pem", "bad.key", [`key ${KEY}; the file bad.key holds a private key that can't be read`]],
    ["rsa.pem", "cut.key", [`key ${KEY}; the file cut.key holds a private key that can't be read`]],
    [
      "rsa.pem",
      "encrypted.key",
      [`key ${KEY}; the file encrypted.key holds an encrypted private key; decrypt`],
    ],
    [
      "rsa.pem",
      "encrypted-old.key",
      [`key ${KEY}; the file encrypted-old.key holds an encrypted private key`],
    ],
    [
      "rsa.pem",
      "ec.key",
      ["key must be the private key of the first certificate in cert, was that of another"],
    ],
    [
      "wrong-chain.pem",
      "rsa.key",
      ["key must be the private key of the first certificate in cert, was that"],
    ],
    ["large.pem", "rsa.key", ["cert needs the file large.pem: longer than 1048576 bytes, the maximum"]],
    ["none.pem", "bad.key", ["cert needs the file none.pem", `key ${KEY}; the file bad.key`]],
  ];
  test.each(faults)("says what is wrong with the certificate %s and the key %s", (cert, key, texts) => {
    const found = problems({ cert, key });
    expect(found).toHaveLength(texts.length);
    for (const [index, text] of texts.entries()) expect(found[index]).toStartWith(text);
  });

  test("says what is wrong with an authority and with what is missing", () => {
    expect(problems({ key: "rsa.key", client_ca: "rsa.key" })).toEqual([
      `cert is missing; set it to ${CERT.replace("must be ", "")}`,
      `client_ca ${CERT}; the file rsa.key holds no complete "-----BEGIN CERTIFICATE-----" block`,
    ]);
  });

  test("shows no key that stands where its file should be named", () => {
    const key = content("rsa.key");
    expect(problems({ cert: "rsa.pem", key })).toEqual([`key ${KEY}, was a string that is not one`]);
    expect(problems({ cert: "rsa.pem", key: { file: key } })).toEqual([
      "key.file must be the name of a file, was a string that is not one",
    ]);
    expect(problems({ cert: "rsa.pem", key: { env: "KEY" } }, { KEY: key.replaceAll("-----", "") })).toEqual([
      `key ${KEY}; the environment variable KEY holds no "-----BEGIN PRIVATE KEY-----" block`,
    ]);
    expect(problems({ cert: "", key: 7 })).toEqual([`cert ${CERT}, was ""`, `key ${KEY}, was 7`]);
  });
});
