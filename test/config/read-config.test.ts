import { afterAll, expect, test } from "bun:test";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { ConfigFault, readConfig, type ConfigCheck } from "../../src/config/read-config.ts";
import { shownWord } from "../../src/config/shown-text.ts";
import { LIMITS } from "../../src/limits.ts";
import { checkConfig } from "../../src/server.ts";

const broken = readdirSync(import.meta.dir).filter((name) => name.endsWith(".json"));
const notJson = broken.filter((name) => name.startsWith("not-json-") && name !== "not-json-empty.json");
const folder = realpathSync(mkdtempSync(join(tmpdir(), "read-config-")));
const file = join(folder, "config.json");
afterAll(() => rmSync(folder, { recursive: true }));

/** The message of the ConfigFault that a file yields where it is named from within its folder. */
function faultText(path: string, check: ConfigCheck = checkConfig): string {
  const before = process.cwd();
  const from = path.startsWith(import.meta.dir) ? import.meta.dir : folder;
  process.chdir(from);
  try {
    readConfig(relative(from, path), check);
  } catch (fault) {
    expect(fault).toBeInstanceOf(ConfigFault);
    return (fault as ConfigFault).message;
  } finally {
    process.chdir(before);
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
      "  { *** }\n    ^",
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
  const missing = join(folder, "missing.json");
  expect(faultText(missing)).toBe(
    `missing.json: there is no such file (looked for ${shownWord(missing)}); name one with --config FILE.\n` +
      `A minimal one:\n{ "server": { "http": { "allowed_tokens": ["<a long random token>"] } } }`,
  );
});

test("readConfig() says that a folder is not a file", () => {
  const inner = join(folder, "inner");
  mkdirSync(inner);
  expect(faultText(inner)).toBe(`inner: is a folder, not a file (${shownWord(inner)})`);
});

test("readConfig() says that it may not read a file", () => {
  const closed = join(folder, "closed.json");
  writeFileSync(closed, "{}");
  chmodSync(closed, 0o000);
  const text = `closed.json: may not be read by this user (${shownWord(closed)})`;
  expect(asNobody(() => faultText(closed))).toBe(text);
});

test("readConfig() gives the system's word for what else keeps it from a file", () => {
  write("{}");
  expect(faultText(join(file, "config.json"))).toBe("config.json/config.json: can't be read (ENOTDIR)");
});

test("readConfig() refuses a file that is not UTF-8", () => {
  writeFileSync(file, Buffer.from('{ "server": "s\xfcd" }', "latin1"));
  expect(faultText(file)).toBe("config.json: is not UTF-8 text, or has the character U+FFFD in it");
  expect(faultText(write('{ "server": "\ufffd" }'))).toBe(
    "config.json: is not UTF-8 text, or has the character U+FFFD in it",
  );
});

test("readConfig() refuses a file over the size limit unread", () => {
  write("{}");
  truncateSync(file, LIMITS.configSize + 1);
  expect(faultText(file)).toBe("config.json: is longer than 268435456 bytes, the most that is read");
});

test("readConfig() reads a pipe to its end", async () => {
  const pipe = join(folder, "pipe");
  expect(Bun.spawnSync(["mkfifo", pipe]).exitCode).toBe(0);
  // Of more than one chunk, and with characters that stand across the ends of chunks.
  const routes = Array.from({ length: 20_000 }, (_, index) => `/e${index}`);
  write(`\ufeff${JSON.stringify(withHttp({ exclude_routes: routes }))}`);
  const writer = Bun.spawn(["sh", "-c", 'cat "$0" > "$1"', file, pipe]);
  expect(readConfig(pipe).exclusions.paths).toEqual(routes);
  expect(await writer.exited).toBe(0);
});

test("readConfig() reads no more of an endless device than of a file", () => {
  expect(() => readConfig("/dev/zero")).toThrow(
    new ConfigFault("/dev/zero: is longer than 268435456 bytes, the most that is read"),
  );
});

test("readConfig() takes an empty device for an empty file", () => {
  expect(() => readConfig("/dev/null")).toThrow(
    new ConfigFault("/dev/null:1:1: not JSON: expected a value, found the end of the file\n\n  ^"),
  );
});

test("readConfig() shows nothing of a file's name that a terminal would act on", () => {
  const odd = join(folder, "a\n\u001b[31m\u009b\u202e.json");
  const shown = String.raw`"a\n\u001b[31m??.json"`;
  expect(faultText(odd)).toStartWith(`${shown}: there is no such file (looked for "`);
  writeFileSync(odd, "{");
  expect(faultText(odd)).toStartWith(`${shown}:1:2: not JSON: `);
  writeFileSync(odd, "\ufffd");
  expect(faultText(odd)).toStartWith(`${shown}: is not UTF-8 text`);
  writeFileSync(odd, JSON.stringify(withHttp({ exclude_methods: Array(LIMITS.configProblems + 1).fill(7) })));
  const lines = faultText(odd).split("\n");
  expect(lines[0]).toStartWith(`${shown}:1:`);
  expect(lines.at(-1)).toBe(`${shown}: and 1 more`);
});

test.each(["localhost", "127.0.0.1", "::1", "a-b_c.example.com", "0"])(
  "readConfig() takes %j for a host",
  (host) => {
    expect(readConfig(write(withHttp({ host }))).listen.host).toBe(host);
  },
);

test.each(["", "a b", "a/b", "a@b", "[::1]", "bücher.example", "a\n", "a\0", "fe80::1%eth0"])(
  "readConfig() takes %j for no host",
  (host) => {
    expect(faultText(write(withHttp({ host })))).toBe(
      `config.json:1:55: server.http.host must be a host name or an IP address, was ${JSON.stringify(host)}`,
    );
  },
);
