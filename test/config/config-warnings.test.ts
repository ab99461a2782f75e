import { describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "../../src/config/load-config.ts";
import { LIMITS } from "../../src/limits.ts";
import { mintToken } from "../../src/tokens/minted-token.ts";
import { digestToken } from "../../src/tokens/token.ts";
import { certified } from "../support/certificates.ts";
import { folderWith } from "../support/program.ts";

const folder = folderWith({});
const file = join(folder, "config.json");
// 43 characters of base62, and no token of the form that has a checksum.
const RANDOM = mintToken().slice(12, 55);
const DIGEST = digestToken(RANDOM).toHex();
const WORLD_READABLE = "1:1: the file can be read by other users; run chmod o-rw on it";
const UP_READABLE = "is in the file up, which can be read by other users; run chmod o-rw on it";
const DAY = 24 * 3_600_000;

/** Writes a file that others can't read, or with another mode. */
function write(name: string, content: string, mode = 0o600): void {
  writeFileSync(join(folder, name), content);
  chmodSync(join(folder, name), mode);
}

/** The warnings about a config, without the name of its file, none of which shows a token. */
function warnings(config: object, { mode = 0o600, environment = {} } = {}): string[] {
  write("config.json", JSON.stringify(config), mode);
  const { warnings, tokens } = loadConfig(file, environment).config;
  for (const entry of tokens.tokens) {
    const secret = typeof entry === "string" ? entry : "token" in entry ? entry.token : entry.sha256;
    for (const line of warnings) expect(line).not.toContain(secret);
  }
  return warnings.map((line) => line.replace(`${file}:`, ""));
}

const withHttp = (http: object, server: object = {}) => ({
  server: { http: { allowed_tokens: [RANDOM], ...http }, ...server },
});
const GUESSED =
  "can be guessed: it is short, has few different characters, or has digits in sequence; token-server init writes a random one";

describe("loadConfig()", () => {
  test("warns of nothing where there is nothing to warn of", () => {
    write("token", RANDOM);
    const everything = withHttp(
      { host: "localhost", port: 1, http2: true, allowed_tokens: [RANDOM.toLowerCase(), { file: "token" }] },
      { admin: { unix: "admin.sock" } },
    );
    expect(warnings(everything)).toEqual([]);
  });

  test.each([
    ["db.example/tokens", true],
    ["10.0.0.1/tokens?sslmode=require", true],
    ["[fd00::1]/tokens?sslmode=verify-ca", true],
    ["db.example/tokens?sslmode=verify-full", false],
    ["localhost/tokens", false],
    ["127.0.0.1:5433/tokens", false],
    ["[::1]/tokens", false],
  ])("warns of a PostgreSQL server whose certificate is not verified: %s", (end, isWarned) => {
    const text =
      "names a PostgreSQL server whose certificate is not verified, so another machine can pose as it and let tokens in; end the URL with ?sslmode=verify-full";
    const found = warnings(withHttp({ token_store: `postgres://anna:secret-word@${end}` }));
    expect(found).toEqual(isWarned ? [expect.stringContaining(`server.http.token_store ${text}`)] : []);
    expect(found.join()).not.toContain("secret-word");
  });

  test("warns of tokens that can be guessed, wherever they stand", () => {
    write("token", "swordfish\n");
    const allowed_tokens = [
      RANDOM,
      "token1",
      "swordfish-2",
      { env: "WORD" },
      { file: "token" },
      { token: "swordfish-3", name: "anna" },
      { token: RANDOM.toUpperCase(), name: "bob" },
    ];
    const found = warnings(withHttp({ allowed_tokens }), { environment: { WORD: "swordfish-4" } });
    expect(found).toEqual([
      "1:84: server.http.allowed_tokens[1] is a public example; token-server init writes a random one",
      `1:93: server.http.allowed_tokens[2] ${GUESSED}`,
      `1:107: server.http.allowed_tokens[3] ${GUESSED}`,
      `1:122: server.http.allowed_tokens[4] ${GUESSED}`,
      `1:148: server.http.allowed_tokens[5].token ${GUESSED}`,
    ]);
  });

  test("warns of no digest, neither of its token nor of who may read its file", () => {
    write("digest", digestToken("token2").toHex(), 0o644);
    const allowed_tokens = [{ sha256: digestToken("token1").toHex() }, { sha256: { file: "digest" } }];
    expect(warnings(withHttp({ allowed_tokens }), { mode: 0o644 })).toEqual([]);
  });

  test("warns of as many tokens as problems are shown, and counts the rest", () => {
    const weak = Array.from({ length: LIMITS.configProblems + 3 }, (_, index) => `weak-${index}!`);
    const found = warnings(withHttp({ host: "0.0.0.0", allowed_tokens: weak }));
    expect(found).toHaveLength(LIMITS.configProblems + 1);
    expect(found[0]).toStartWith("1:");
    expect(found.at(-1)).toBe(" and 4 more");
  });

  test("warns of no tokens", () => {
    expect(warnings(withHttp({ allowed_tokens: [] }))).toEqual([
      "1:37: server.http.allowed_tokens is empty, so every request that needs a token is refused",
    ]);
  });

  test.each([
    [0o644, [RANDOM], "read"],
    [0o644, [{ token: RANDOM, name: "anna" }], "read"],
    [0o602, [RANDOM], "written"],
    [0o666, [RANDOM], "read and written"],
    [0o666, [{ env: "WORD" }], "written"],
    [0o644, [{ env: "WORD" }], null],
    [0o644, [{ sha256: DIGEST }], null],
    [0o640, [RANDOM], null],
    [0o660, [RANDOM], null],
  ])("warns of a config file of mode %o with the tokens %j", (mode, allowed_tokens, access) => {
    const found = warnings(withHttp({ allowed_tokens }), { mode, environment: { WORD: RANDOM } });
    const text = `1:1: the file can be ${access} by other users; run chmod o-rw on it`;
    expect(found).toEqual(access === null ? [] : [text]);
  });

  test.each([
    [{ Authorization: RANDOM }, [WORLD_READABLE]],
    [{ Authorization: { env: "WORD" } }, []],
    [
      { Authorization: { file: "up" } },
      [expect.stringContaining(`set_headers.Authorization ${UP_READABLE}`)],
    ],
    [{}, []],
  ])("warns of headers %j that other users may read", (set_headers, expected) => {
    write("up", RANDOM, 0o644);
    const routes = [{ path: "/*", proxy: "http://127.0.0.1:1", set_headers }];
    const http = withHttp({ allowed_tokens: [{ env: "WORD" }], routes });
    const found = warnings(http, { mode: 0o644, environment: { WORD: RANDOM } });
    expect(found).toEqual(expected);
  });

  test.each([
    ["postgres://gate:s3cret@localhost/tokens", [WORLD_READABLE]],
    ["postgres://localhost/tokens", []],
    ["sqlite:tokens.db", []],
    [{ env: "WORD" }, []],
  ])("warns of the password in %j that other users may read", (token_store, expected) => {
    const http = withHttp({ allowed_tokens: [], token_store });
    const environment = { WORD: "postgres://gate:s3cret@localhost/tokens" };
    expect(warnings(http, { mode: 0o644, environment })).toEqual(expected);
  });

  test("warns of no access to a file that has the examples alone", () => {
    expect(warnings(withHttp({ allowed_tokens: ["token1"] }), { mode: 0o644 })).toEqual([
      "1:38: server.http.allowed_tokens[0] is a public example; token-server init writes a random one",
    ]);
  });

  test("warns of files of secrets that others may read, and of any file that they may write", () => {
    const { cert, key } = certified("gate", { days: 365 });
    write("token", RANDOM, 0o644);
    write("named", mintToken(), 0o604);
    write("key.pem", key, 0o644);
    write("cert.pem", cert, 0o644);
    write("host", "127.0.0.1", 0o646);
    const http = {
      host: { file: "host" },
      allowed_tokens: [{ file: "token" }, { token: { file: "named" }, name: "anna" }],
      tls: { cert: "cert.pem", key: "key.pem" },
    };
    const may = (source: string, access: string) =>
      `is in the file ${source}, which can be ${access} by other users; run chmod o-rw on it`;
    expect(warnings({ server: { http } }).map((line) => line.replace(/^\S+ /, ""))).toEqual([
      `server.http.host ${may("host", "written")}`,
      `server.http.allowed_tokens[0] ${may("token", "read")}`,
      `server.http.allowed_tokens[1].token ${may("named", "read")}`,
      `server.http.tls.key ${may("key.pem", "read")}`,
    ]);
    write("cert.pem", cert, 0o646);
    expect(warnings({ server: { http } })).toContainEqual(
      expect.stringContaining(`server.http.tls.cert ${may("cert.pem", "written")}`),
    );
  });

  test("warns of certificates that have expired or will within 14 days", () => {
    const tlsOf = (days: number, chained: number, clients: number) => {
      const own = certified("gate", { days });
      write("cert.pem", own.cert + certified("authority", { days: chained }).cert);
      write("key.pem", own.key);
      write("clients.pem", certified("clients", { days: clients }).cert);
      const tls = { cert: "cert.pem", key: "key.pem", client_ca: "clients.pem" };
      return warnings({ server: { http: { tls, allowed_tokens: [RANDOM] } } });
    };
    const on = (days: number) => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);
    expect(tlsOf(15, 15, 15)).toEqual([]);
    expect(tlsOf(13, 15, -1)).toEqual([
      `1:34: server.http.tls.cert expires on ${on(13)}; renew it`,
      `1:73: server.http.tls.client_ca expired on ${on(-1)}; renew it`,
    ]);
    expect(tlsOf(15, -2, 15)).toEqual([`1:34: server.http.tls.cert expired on ${on(-2)}; renew it`]);
  });

  test("warns of an RSA key under 2048 bits, and of no other", () => {
    const small = generateKeyPairSync("rsa", { modulusLength: 1024 });
    const own = certified("gate", { days: 365, keys: small });
    const http = { tls: { cert: "cert.pem", key: "key.pem" }, allowed_tokens: [RANDOM] };
    write("cert.pem", own.cert);
    write("key.pem", own.key);
    expect(warnings({ server: { http } })).toEqual([
      "1:51: server.http.tls.key is an RSA key of 1024 bits; use one of at least 2048",
    ]);
    for (const type of ["rsa", "ec"] as const) {
      const sound = certified("gate", { days: 365, type });
      write("cert.pem", sound.cert);
      write("key.pem", sound.key);
      expect(warnings({ server: { http } })).toEqual([]);
    }
  });

  const PLAIN = "server.http.host is not a loopback address, so tokens cross the network in plain text";
  const ADMIN =
    "server.admin.host is not a loopback address, so anyone who reaches it can read health and metrics";
  const HTTP2 = "server.http.http2 is on and the host is not a loopback address";

  test.each(["0.0.0.0", "::", "192.0.2.1", "gate.example", "localhost.example", "127.example", "0"])(
    "warns of listeners on %s, where others may reach them",
    (host) => {
      const found = warnings(withHttp({ host, http2: true }, { admin: { host } }));
      expect(found).toHaveLength(3);
      for (const [index, text] of [PLAIN, HTTP2, ADMIN].entries()) expect(found[index]).toContain(text);
    },
  );

  test.each([
    "127.0.0.1",
    "127.1.2.3",
    "::1",
    "0:0:0:0:0:0:0:1",
    "::ffff:127.0.0.1",
    "localhost",
    "a.localhost",
  ])("warns of no listener on %s, which stays within the machine", (host) => {
    expect(warnings(withHttp({ host, http2: true }, { admin: { host } }))).toEqual([]);
  });

  test("warns of no plain text over TLS", () => {
    const { cert, key } = certified("gate", { days: 365 });
    write("cert.pem", cert);
    write("key.pem", key);
    const tls = { cert: "cert.pem", key: "key.pem" };
    expect(warnings(withHttp({ host: "0.0.0.0", tls }))).toEqual([]);
  });

  test("warns of a host and a port beside a Unix socket, which have no effect", () => {
    const config = withHttp({ unix: "s", host: "0.0.0.0", http2: true }, { admin: { unix: "a", port: 1 } });
    expect(warnings(config).map((line) => line.replace(/^\S+ /, ""))).toEqual([
      "server.http.host has no effect beside server.http.unix",
      "server.admin.port has no effect beside server.admin.unix",
    ]);
  });
});
