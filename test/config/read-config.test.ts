import { afterAll, expect, test } from "bun:test";
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ConfigFault, readConfig, type ConfigCheck } from "../../src/config/read-config.ts";
import { LIMITS } from "../../src/limits.ts";
import { checkConfig } from "../../src/server.ts";

const broken = readdirSync(import.meta.dir).filter((name) => name.endsWith(".json"));
const notJson = broken.filter((name) => name.startsWith("not-json-") && name !== "not-json-empty.json");
const folder = mkdtempSync(join(tmpdir(), "read-config-"));
const file = join(folder, "config.json");
afterAll(() => rmSync(folder, { recursive: true }));

/** The message of the ConfigFault that a file yields, with the folders of all the files left out. */
function faultText(path: string, check: ConfigCheck = checkConfig): string {
  try {
    readConfig(path, check);
  } catch (fault) {
    expect(fault).toBeInstanceOf(ConfigFault);
    return (fault as ConfigFault).message.replaceAll(`${import.meta.dir}/`, "").replaceAll(`${folder}/`, "");
  }
  throw new Error(`${path} yields no ConfigFault`);
}

function write(content: unknown): string {
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

/** What an act gives where root, who may read everything, is another user for as long as it takes. */
function asNobody<T>(act: () => T): T {
  if (process.getuid?.() !== 0) return act();
  // Not in the way: the file is to be what may not be read.
  chmodSync(folder, 0o755);
  process.seteuid?.(65534);
  try {
    return act();
  } finally {
    process.seteuid?.(0);
  }
}

function withHttp(http: object): object {
  return { server: { http: { allowed_tokens: ["token1"], ...http } } };
}

test("readConfig() is tested with every broken config beside this file", () => {
  const texts = readdirSync(import.meta.dir).filter((name) => name.endsWith(".txt"));
  expect(texts.toSorted()).toEqual(broken.map((name) => name.replace(/json$/, "txt")).toSorted());
  expect(broken.length).toBeGreaterThanOrEqual(20);
  expect(notJson.length).toBeGreaterThanOrEqual(10);
});

test.each(broken)("readConfig() says what is wrong with %s", (name) => {
  const expected = readFileSync(join(import.meta.dir, name.replace(/json$/, "txt")), "utf-8");
  expect(`${faultText(join(import.meta.dir, name))}\n`).toBe(expected);
});

test.each(broken)("readConfig() shows no token of %s", (name) => {
  expect(faultText(join(import.meta.dir, name))).not.toContain("s3cret");
});

test.each(notJson)("readConfig() is given a token to hide in %s", (name) => {
  expect(readFileSync(join(import.meta.dir, name), "utf-8")).toContain("s3cret");
});

test("readConfig() reads the seed's own config.json", () => {
  expect(readConfig(join(import.meta.dir, "../../config.json"), checkConfig)).toEqual({
    listen: { host: "127.0.0.1", port: 8000 },
    size: { maxSize: 1048576 },
    auth: { scheme: "Token" },
    exclusions: { paths: [], methods: [] },
    tokens: { tokens: ["token1", "token2"] },
    log: { levels: [{ logger: "server_logger", level: "DEBUG" }], format: "text" },
  });
});

test("readConfig() falls back to a default for all but allowed_tokens", () => {
  expect(readConfig(write({ server: { http: { allowed_tokens: [] } } }), checkConfig)).toEqual({
    listen: { host: "127.0.0.1", port: 8000 },
    size: { maxSize: 1048576 },
    auth: { scheme: "Token" },
    exclusions: { paths: [], methods: [] },
    tokens: { tokens: [] },
    log: { levels: [], format: "text" },
  });
});

test("readConfig() reads every setting there is", () => {
  const http = {
    host: "::1",
    port: 0,
    request_max_size: 0,
    allowed_tokens: ["token1", "!~"],
    auth_scheme: "Bearer",
    exclude_routes: ["/ping"],
    exclude_methods: ["GET", "HEAD"],
  };
  const log = { level: [{ logger: "server_logger.auth", level: "CRITICAL" }], format: "json" };
  expect(readConfig(write({ server: { http }, log }), checkConfig)).toEqual({
    listen: { host: "::1", port: 0 },
    size: { maxSize: 0 },
    auth: { scheme: "Bearer" },
    exclusions: { paths: ["/ping"], methods: ["GET", "HEAD"] },
    tokens: { tokens: ["token1", "!~"] },
    log: { levels: [{ logger: "server_logger.auth", level: "CRITICAL" }], format: "json" },
  });
});

test("readConfig() reads a file that starts with a byte order mark", () => {
  expect(readConfig(write(`\ufeff${JSON.stringify(withHttp({ port: 1 }))}`)).listen.port).toBe(1);
});

test("readConfig() counts no column for a byte order mark, and takes none but at the start", () => {
  expect(faultText(write('\ufeff{ "log": 1 , "server": { "http": { "allowed_tokens": [] } } }'))).toBe(
    "config.json:1:10: log must be an object, was 1",
  );
  expect(faultText(write("\ufeff{ log }"))).toBe(
    'config.json:1:3: not JSON: expected a name in quotation marks or "}", found a word without quotation marks\n' +
      "  { log }\n    ^",
  );
  expect(faultText(write("\n\ufeff{}"))).toStartWith("config.json:2:1: not JSON: expected a value");
});

test("readConfig() hands the config to the check and puts its reports among the others", () => {
  const ports: number[] = [];
  write({ server: { http: { port: 1, host: "", allowed_tokens: ["token1"] } }, log: { format: "yaml" } });
  const text = faultText(file, (config, report) => {
    ports.push(config.listen.port);
    report(["server", "http", "allowed_tokens", 0], "is an example");
  });
  expect(ports).toEqual([1]);
  expect(text.split("\n")).toEqual([
    'config.json:1:36: server.http.host must be a host name or an IP address, was ""',
    "config.json:1:57: server.http.allowed_tokens[0] is an example",
    'config.json:1:85: log.format must be one of "text", "json", was "yaml"',
  ]);
});

test("readConfig() shows as many problems as the limit and counts the rest", () => {
  const bad = Array.from({ length: LIMITS.configProblems + 3 }, (_, index) => index);
  const lines = faultText(write(withHttp({ exclude_methods: bad }))).split("\n");
  expect(lines).toHaveLength(LIMITS.configProblems + 1);
  expect(lines.at(-2)).toContain(`server.http.exclude_methods[${LIMITS.configProblems - 1}] must be one of`);
  expect(lines.at(-1)).toBe("config.json: and 3 more");
});

test("readConfig() counts nothing more where the problems just fit", () => {
  const bad = Array.from({ length: LIMITS.configProblems }, (_, index) => index);
  const lines = faultText(write(withHttp({ exclude_methods: bad }))).split("\n");
  expect(lines).toHaveLength(LIMITS.configProblems);
  expect(lines.at(-1)).toContain(`server.http.exclude_methods[${LIMITS.configProblems - 1}] must be one of`);
});

test("readConfig() says where it looked for a file that is missing, and what the least config is", () => {
  const missing = `no-such-config-${crypto.randomUUID()}.json`;
  expect(faultText(missing)).toBe(
    `${missing}: there is no such file (looked for ${resolve(missing)}); name one with --config FILE.\n` +
      `A minimal one:\n{ "server": { "http": { "allowed_tokens": ["<a long random token>"] } } }`,
  );
});

test("readConfig() says that a folder is not a file", () => {
  expect(faultText(tmpdir())).toBe(`${tmpdir()}: is a folder, not a file (${resolve(tmpdir())})`);
});

test("readConfig() says that it may not read a file", () => {
  const closed = join(folder, "closed.json");
  writeFileSync(closed, "{}");
  chmodSync(closed, 0o000);
  expect(asNobody(() => faultText(closed))).toBe("closed.json: may not be read by this user (closed.json)");
});

test("readConfig() gives the system's word for what else keeps it from a file", () => {
  write("{}");
  expect(faultText(join(file, "config.json"))).toBe("config.json/config.json: can't be read (ENOTDIR)");
});

test("readConfig() refuses a file that is not UTF-8", () => {
  writeFileSync(file, Buffer.from('{ "server": "s\xfcd" }', "latin1"));
  expect(faultText(file)).toBe("config.json: is not UTF-8 text");
});

test("readConfig() refuses a file over the size limit unread", () => {
  write("{}");
  truncateSync(file, LIMITS.configSize + 1);
  expect(faultText(file)).toBe(
    `config.json: is ${LIMITS.configSize + 1} bytes long; at most ${LIMITS.configSize} are read`,
  );
});
