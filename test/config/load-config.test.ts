import { afterAll, expect, test } from "bun:test";
import {
  chmodSync,
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { ConfigError } from "../../src/config/config-error.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { quoteWord } from "../../src/text/quote.ts";
import { LIMITS } from "../../src/limits.ts";
import { routeSetting } from "../../src/routes/route-kinds.ts";
import { configOfTokens, listenOn, SEED_CONFIG } from "../support/seed-config.ts";
import { asNobody, NOBODY } from "../support/as-nobody.ts";

const broken = readdirSync(import.meta.dir).filter((name) => name.endsWith(".json"));
const notJson = broken.filter((name) => name.startsWith("not-json-") && name !== "not-json-empty.json");
const folder = realpathSync(mkdtempSync(join(tmpdir(), "read-config-")));
const file = join(folder, "config.json");
afterAll(() => rmSync(folder, { recursive: true }));

/** The variables there are for the broken configs. */
const ENVIRONMENT = {
  TOKEN_SERVER_TEST_EMPTY: "",
  TOKEN_SERVER_TEST_TOKEN: "s3cret-1",
  TOKEN_SERVER_TEST_WORDS: "s3cret two",
  TOKEN_SERVER_TEST_PATH: "/s3cret",
};

/** The message of the ConfigError that a file yields where it is named from within its folder. */
function faultText(path: string, as = (act: () => void) => act()): string {
  const before = process.cwd();
  const from = path.startsWith(import.meta.dir) ? import.meta.dir : folder;
  process.chdir(from);
  try {
    // The folder of the tests may be one that only their own user may enter.
    as(() => loadConfig(relative(from, path), ENVIRONMENT));
  } catch (fault) {
    expect(fault).toBeInstanceOf(ConfigError);
    return (fault as ConfigError).message;
  } finally {
    process.chdir(before);
  }
  throw new Error(`${path} yields no ConfigError`);
}

function write(content: unknown): string {
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

function withHttp(http: object): object {
  return { server: { http: { allowed_tokens: ["token1"], ...http } } };
}

test("loadConfig() is tested with every broken config beside this file", () => {
  const texts = readdirSync(import.meta.dir).filter((name) => name.endsWith(".txt"));
  expect(texts.toSorted()).toEqual(broken.map((name) => name.replace(/json$/, "txt")).toSorted());
  expect(broken.length).toBeGreaterThanOrEqual(20);
  expect(notJson.length).toBeGreaterThanOrEqual(10);
});

test.each(broken)("loadConfig() says what is wrong with %s", (name) => {
  const text = readFileSync(join(import.meta.dir, name.replace(/json$/, "txt")), "utf-8");
  const handlers = String(routeSetting.properties?.["handler"]?.type.expected);
  const expected = text.replaceAll("one of HANDLERS", handlers);
  expect(`${faultText(join(import.meta.dir, name))}\n`).toBe(expected);
});

test.each(broken)("loadConfig() shows no token of %s", (name) => {
  expect(faultText(join(import.meta.dir, name))).not.toContain("s3cret");
});

test.each(notJson)("loadConfig() is given a token to hide in %s", (name) => {
  expect(readFileSync(join(import.meta.dir, name), "utf-8")).toContain("s3cret");
});

test("loadConfig() reads the seed's own config.json", () => {
  expect(loadConfig(write(SEED_CONFIG)).config).toEqual(
    configOfTokens(["token1", "token2"], {
      listen: listenOn({ port: 8000, at: expect.any(Object) }),
      log: { levels: [{ logger: "server_logger", level: "DEBUG" }], format: "text", refusalsPerSecond: 100 },
      files: [file],
      warnings: expect.any(Array),
    }),
  );
});

test("loadConfig() falls back to a default for all but allowed_tokens", () => {
  expect(loadConfig(write({ server: { http: { allowed_tokens: [] } } })).config).toEqual(
    configOfTokens([], {
      listen: listenOn({ port: 8000, at: expect.any(Object) }),
      files: [file],
      warnings: expect.any(Array),
    }),
  );
});

test("loadConfig() reads every setting there is", () => {
  const http = {
    host: "::1",
    port: 0,
    unix_mode: "600",
    reuse_port: true,
    http2: true,
    request_max_size: 0,
    allowed_tokens: ["token1", "!~"],
    auth_scheme: "Bearer",
    exclude_routes: ["/ping"],
    exclude_methods: ["GET", "HEAD"],
    routes: [
      { path: "/ping", handler: "ping" },
      { path: "/state/*", handler: "health" },
    ],
    trusted_proxies: ["10.0.0.0/8", "::1"],
  };
  const admin = { host: "::", port: 1, unix_mode: "0666", hosts: ["gate.internal"] };
  const log = { level: [{ logger: "server_logger.auth", level: "CRITICAL" }], format: "json" };
  const shutdown = { drain: 0.25, deadline: 3600 };
  const $schema = "./config.schema.json";
  write({ $schema, server: { http, admin }, log, shutdown, watch: true });
  expect(loadConfig(file).config).toEqual({
    listen: listenOn({
      at: { host: `${file}:1:60`, port: `${file}:1:73`, unix: `${file}:1:52`, tls: `${file}:1:52` },
      host: "::1",
      reusePort: true,
      http2: true,
    }),
    admin: listenOn({
      at: expect.any(Object),
      setting: "server.admin",
      host: "::",
      port: 1,
      reusePort: true,
    }),
    requestId: true,
    adminHost: { names: ["gate.internal"] },
    size: { maxSize: 0 },
    auth: { scheme: "Bearer" },
    exclusions: { paths: ["/ping"], methods: ["GET", "HEAD"] },
    routes: [
      { path: "/ping", handler: "ping" },
      { path: "/state/*", handler: "health" },
    ],
    trustedProxies: ["10.0.0.0/8", "::1"],
    tokens: { tokens: ["token1", "!~"] },
    log: {
      levels: [{ logger: "server_logger.auth", level: "CRITICAL" }],
      format: "json",
      refusalsPerSecond: 100,
    },
    stop: { drain: 250, deadline: 3_600_000 },
    watch: true,
    files: [file],
    warnings: expect.any(Array),
  });
});

test("loadConfig() reads Unix sockets relative to the folder of the file", () => {
  const http = { allowed_tokens: [], unix: "/run/gate.sock", unix_mode: "600" };
  const { listen, admin } = loadConfig(write({ server: { http, admin: { unix: "admin.sock" } } })).config;
  expect(listen.unix).toEqual({ path: "/run/gate.sock", mode: 0o600 });
  expect(admin?.unix).toEqual({ path: join(folder, "admin.sock"), mode: 0o660 });
});

test("loadConfig() says where the settings of each listener stand, or their group where they are left out", () => {
  write('{ "server": {\n"admin": { "port": 1 },\n"http": { "allowed_tokens": [],\n"host": "::1" } } }');
  const { listen, admin } = loadConfig(file).config;
  const line3 = `${file}:3:9`;
  expect(listen.at).toEqual({ host: `${file}:4:9`, port: line3, unix: line3, tls: line3 });
  const line2 = `${file}:2:10`;
  expect(admin?.at).toEqual({ host: line2, port: `${file}:2:20`, unix: line2, tls: line2 });
});

test("loadConfig() reads a file that starts with a byte order mark", () => {
  expect(loadConfig(write(`\ufeff${JSON.stringify(withHttp({ port: 1 }))}`)).config.listen.port).toBe(1);
});

test("loadConfig() counts no column for a byte order mark, and takes none but at the start", () => {
  expect(faultText(write('\ufeff{ "log": 1 , "server": { "http": { "allowed_tokens": [] } } }'))).toBe(
    "config.json:1:10: log must be an object, was 1",
  );
  expect(faultText(write("\ufeff{ log }"))).toBe(
    'config.json:1:3: not JSON: expected a name in quotation marks or "}", found a word without quotation marks\n' +
      "  { *** }\n    ^",
  );
  expect(faultText(write("\n\ufeff{}"))).toStartWith("config.json:2:1: not JSON: expected a value");
});

test("loadConfig() reports what is wrong across settings among the others, in the order of the file", () => {
  const http = { host: "", allowed_tokens: ["token1"], exclude_routes: ["/x"] };
  write({ server: { http }, log: { format: "yaml" } });
  expect(faultText(file).split("\n")).toEqual([
    'config.json:1:27: server.http.host must be a host name or an IP address, was ""',
    'config.json:1:76: server.http.exclude_routes[0] must be the path of a route (/ping), was "/x"',
    'config.json:1:100: log.format must be one of "text", "json", was "yaml"',
  ]);
});

test("loadConfig() shows as many problems as the limit and counts the rest", () => {
  const bad = Array.from({ length: LIMITS.configProblems + 3 }, (_, index) => index);
  const lines = faultText(write(withHttp({ exclude_methods: bad }))).split("\n");
  expect(lines).toHaveLength(LIMITS.configProblems + 1);
  expect(lines.at(-2)).toContain(`server.http.exclude_methods[${LIMITS.configProblems - 1}] must be one of`);
  expect(lines.at(-1)).toBe("config.json: and 3 more");
});

test("loadConfig() counts nothing more where the problems just fit", () => {
  const bad = Array.from({ length: LIMITS.configProblems }, (_, index) => index);
  const lines = faultText(write(withHttp({ exclude_methods: bad }))).split("\n");
  expect(lines).toHaveLength(LIMITS.configProblems);
  expect(lines.at(-1)).toContain(`server.http.exclude_methods[${LIMITS.configProblems - 1}] must be one of`);
});

test("loadConfig() says where it looked for a file that is missing, and what the least config is", () => {
  const missing = join(folder, "missing.json");
  expect(faultText(missing)).toBe(
    `missing.json: no such file (looked for ${quoteWord(missing)}); write one with token-server init, or name one with --config FILE.\n` +
      `A minimal one:\n{ "server": { "http": { "allowed_tokens": ["<a long random token>"] } } }`,
  );
});

test("loadConfig() says that a folder is not a file", () => {
  const inner = join(folder, "inner");
  mkdirSync(inner);
  expect(faultText(inner)).toBe(`inner: a folder, not a file (${quoteWord(inner)})`);
});

test("loadConfig() says that it may not read a file", () => {
  const closed = join(folder, "closed.json");
  writeFileSync(closed, "{}");
  chmodSync(closed, 0o000);
  const text = `closed.json: permission denied for user ${NOBODY}; for example chgrp GROUP FILE && chmod 0640 FILE`;
  expect(faultText(closed, (act) => asNobody(folder, act))).toBe(text);
});

test("loadConfig() gives the system's word for what else keeps it from a file", () => {
  write("{}");
  expect(faultText(join(file, "config.json"))).toBe("config.json/config.json: can't be read (ENOTDIR)");
});

test("loadConfig() refuses a file that is not UTF-8", () => {
  writeFileSync(file, Buffer.from('{ "server": "s\xfcd" }', "latin1"));
  const text = "not UTF-8, or the character U+FFFD; save it as UTF-8";
  expect(faultText(file)).toBe(`config.json:1:15: ${text}`);
  expect(faultText(write('\ufeff{\n"server": "\ufffd" }'))).toBe(`config.json:2:12: ${text}`);
});

test.each(["utf16le", "utf16be"])("loadConfig() knows %s, with a byte order mark and without", (encoding) => {
  for (const content of ["\ufeff{}", "{}"]) {
    const bytes = Buffer.from(content, "utf16le");
    writeFileSync(file, encoding === "utf16be" ? bytes.swap16() : bytes);
    expect(faultText(file)).toBe("config.json: looks like UTF-16; save it as UTF-8");
  }
});

test.each(["", " \n\t", "\ufeff"])(
  "loadConfig() says that %j is empty, and how to get a sample",
  (content) => {
    expect(faultText(write(content))).toBe(
      "config.json is empty; token-server init --config NEW.json writes a sample",
    );
  },
);

test("loadConfig() refuses a file over the size limit unread", () => {
  write("{}");
  truncateSync(file, LIMITS.configSize + 1);
  expect(faultText(file)).toBe("config.json: longer than 268435456 bytes, the maximum");
});

test("loadConfig() reads a pipe to its end", async () => {
  const pipe = join(folder, "pipe");
  expect(Bun.spawnSync(["mkfifo", pipe]).exitCode).toBe(0);
  // Of more than one chunk, and with characters that stand across the ends of chunks.
  const trusted_proxies = Array.from({ length: 20_000 }, (_, index) => `::${index.toString(16)}`);
  write(`\ufeff${JSON.stringify(withHttp({ trusted_proxies }))}`);
  const writer = Bun.spawn(["sh", "-c", 'cat "$0" > "$1"', file, pipe]);
  const held = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  expect(loadConfig(`/dev/fd/${held}`).config.trustedProxies).toEqual(trusted_proxies);
  closeSync(held);
  expect(await writer.exited).toBe(0);
});

test("loadConfig() does not wait for a named pipe that nobody may ever write to", () => {
  const named = join(folder, "named");
  expect(Bun.spawnSync(["mkfifo", named]).exitCode).toBe(0);
  expect(faultText(named)).toBe("named: a named pipe; name a file, or /dev/stdin");
});

test("loadConfig() reads no more of an endless device than of a file", () => {
  expect(() => loadConfig("/dev/zero")).toThrow(
    new ConfigError("/dev/zero: longer than 268435456 bytes, the maximum"),
  );
});

test("loadConfig() takes an empty device for an empty file", () => {
  expect(() => loadConfig("/dev/null")).toThrow(
    new ConfigError("/dev/null is empty; token-server init --config NEW.json writes a sample"),
  );
});

test("loadConfig() shows nothing of a file's name that a terminal would act on", () => {
  const odd = join(folder, "a\n\u001b[31m\u009b\u202e.json");
  const shown = String.raw`"a\n\u001b[31m??.json"`;
  expect(faultText(odd)).toStartWith(`${shown}: no such file (looked for "`);
  writeFileSync(odd, "{");
  expect(faultText(odd)).toStartWith(`${shown}:1:2: not JSON: `);
  writeFileSync(odd, "\ufffd");
  expect(faultText(odd)).toStartWith(`${shown}:1:1: not UTF-8`);
  writeFileSync(odd, JSON.stringify(withHttp({ exclude_methods: Array(LIMITS.configProblems + 1).fill(7) })));
  const lines = faultText(odd).split("\n");
  expect(lines[0]).toStartWith(`${shown}:1:`);
  expect(lines.at(-1)).toBe(`${shown}: and 1 more`);
});

test.each(["localhost", "127.0.0.1", "::1", "a-b_c.example.com", "0"])(
  "loadConfig() takes %j for a host",
  (host) => {
    expect(loadConfig(write(withHttp({ host }))).config.listen.host).toBe(host);
  },
);

test.each([
  "",
  "a b",
  "a/b",
  "a@b",
  "a:b",
  "1:2:3",
  "[]",
  "http://",
  "a\n",
  "a\0",
  "fe80::1%eth0",
  "bücher.example",
])("loadConfig() takes %j for no host", (host) => {
  expect(faultText(write(withHttp({ host })))).toBe(
    `config.json:1:55: server.http.host must be a host name or an IP address, was ${JSON.stringify(host)}`,
  );
});

test.each([
  ["127.0.0.1:8000", 'contains a port; write "127.0.0.1" and put 8000 in server.http.port'],
  ["[::1]", 'contains brackets; write "::1"'],
  ["[::1]:80", 'contains a port; write "::1" and put 80 in server.http.port'],
  ["http://127.0.0.1", 'contains a scheme; write "127.0.0.1"'],
  [
    "https://gate.example:443/x",
    'contains a scheme and a port; write "gate.example" and put 443 in server.http.port',
  ],
  ["*", 'is "*"; write "0.0.0.0" for all IPv4 addresses or "::" for all'],
  [
    ":8000",
    'contains a port; write "0.0.0.0" for all IPv4 addresses or "::" for all and put 8000 in server.http.port',
  ],
])("loadConfig() says what to write instead of the host %j", (host, text) => {
  expect(faultText(write(withHttp({ host })))).toBe(`config.json:1:55: server.http.host ${text}`);
});

test("loadConfig() shows no token in what to write instead of a host", () => {
  const http = { host: "s3cret:80", allowed_tokens: ["s3cret"] };
  expect(faultText(write({ server: { http } }))).toBe("config.json:1:27: server.http.host contains a port");
  write(withHttp({ host: { env: "HOST" } }));
  expect(() => loadConfig(file, { HOST: "s3cret:80" })).toThrow(
    "server.http.host must be a host name or an IP address; what the environment variable HOST holds is not",
  );
});

test("loadConfig() puts what stands outside in place, and names each file it read", () => {
  mkdirSync(join(folder, "secrets"), { recursive: true });
  writeFileSync(join(folder, "secrets/gate"), "token2\r\n");
  writeFileSync(join(folder, "host"), "::1");
  const http = {
    host: { file: join(folder, "host") },
    allowed_tokens: ["token1", { file: "secrets/gate" }, { env: "TOKEN_SERVER_TEST_TOKEN" }],
    exclude_methods: [{ env: "METHOD" }],
  };
  const { config } = loadConfig(write({ server: { http } }), { ...ENVIRONMENT, METHOD: "GET" });
  expect(config.listen.host).toBe("::1");
  expect(config.tokens.tokens).toEqual(["token1", "token2", "s3cret-1"]);
  expect(config.exclusions.methods).toEqual(["GET"]);
  expect(config.files).toEqual([file, join(folder, "host"), join(folder, "secrets/gate")]);
});

test("loadConfig() looks into the environment of the process when it is given no other", () => {
  // A variable of the test's own: what else is there, and whether it fits the setting, differs by machine.
  process.env["TOKEN_SERVER_TEST_UNIX"] = "/run/token-server.sock";
  try {
    const { unix } = loadConfig(write(withHttp({ unix: { env: "TOKEN_SERVER_TEST_UNIX" } }))).config.listen;
    expect(unix?.path).toBe("/run/token-server.sock");
  } finally {
    delete process.env["TOKEN_SERVER_TEST_UNIX"];
  }
});

test("loadConfig() shows no token of a long path", () => {
  const long = "s3cret-".repeat(20);
  const http = { allowed_tokens: [long], exclude_routes: [`/${long}`] };
  expect(faultText(write({ server: { http } }))).toEndWith(
    "server.http.exclude_routes[0] must be the path of a route (/ping), was a string that contains a token",
  );
});

test("loadConfig() shows no value from outside in what is wrong across settings", () => {
  const env = "TOKEN_SERVER_TEST_PATH";
  const http = {
    allowed_tokens: ["token1"],
    exclude_routes: [{ env }, "/x"],
    exclude_methods: ["GET"],
    routes: [{ path: { env }, handler: "whoami" }],
  };
  const text = faultText(write({ server: { http } }));
  expect(text.split("\n").map((line) => line.replace(/^\S+ /, ""))).toEqual([
    "server.http.exclude_routes[0] would open GET ***, which needs a user",
    'server.http.exclude_routes[1] must be the path of a route (***), was "/x"',
    "server.http.exclude_methods[0] would open GET ***, which needs a user",
  ]);
  const unknown = { allowed_tokens: ["token1"], exclude_routes: [{ env }] };
  expect(faultText(write({ server: { http: unknown } }))).toEndWith(
    `server.http.exclude_routes[0] must be the path of a route (/ping), was what the environment variable ${env} holds`,
  );
});

test("loadConfig() shows no URL with a password", () => {
  const url = "https://anna:s3cret@gate.example";
  const http = { host: url, port: url, allowed_tokens: ["token1"], [url]: 1 };
  expect(faultText(write({ server: { http } })).split("\n")).toEqual([
    "config.json:1:27: server.http.host must be a host name or an IP address, was a URL with a password",
    "config.json:1:69: server.http.port must be a port from 0 to 65535, was a URL with a password",
    expect.stringMatching(
      /^config\.json:1:132: unknown setting "\*\*\*" in server\.http; settings allowed here: /,
    ),
  ]);
});

test("loadConfig() reads a million tokens beside one from outside within seconds", () => {
  const tokens = Array.from({ length: 1_000_000 }, (_, index) => `token-${index}`);
  write({ server: { http: { allowed_tokens: [...tokens, { env: "TOKEN_SERVER_TEST_TOKEN" }] } } });
  const start = performance.now();
  expect(loadConfig(file, ENVIRONMENT).config.tokens.tokens).toHaveLength(1_000_001);
  expect(performance.now() - start).toBeLessThan(10_000);
});

test.each([
  [undefined, "text", false],
  [undefined, "json", true],
  [true, "text", true],
  [false, "json", false],
])("loadConfig() reads request_id %p with the %s log", (request_id, format, expected) => {
  const http = { allowed_tokens: [], ...(request_id !== undefined && { request_id }) };
  const { requestId } = loadConfig(write({ server: { http }, log: { format } })).config;
  expect(requestId).toBe(expected);
});
