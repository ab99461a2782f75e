import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "../../src/config/load-config.ts";
import { configFile, ENVIRONMENT, withHttp } from "../support/config-file.ts";
import { configOfTokens, listenOn, SEED_CONFIG } from "../support/seed-config.ts";

const { folder, file, write } = configFile();

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

test("loadConfig() has a default for all but allowed_tokens", () => {
  expect(loadConfig(write({ server: { http: { allowed_tokens: [] } } })).config).toEqual(
    configOfTokens([], {
      listen: listenOn({ port: 8000, at: expect.any(Object) }),
      files: [file],
      warnings: expect.any(Array),
    }),
  );
});

test("loadConfig() needs no allowed_tokens beside token_store, which may be outside of the file", () => {
  const http = { token_store: { env: "TOKEN_SERVER_TEST_STORE" } };
  const url = "postgres://gate:s3cret@db.example/tokens?sslmode=verify-full";
  const { config } = loadConfig(write({ server: { http } }), { TOKEN_SERVER_TEST_STORE: url });
  expect([config.tokens.tokens, config.staleFor]).toEqual([[], null]);
  expect(config.tokenStore).toEqual({ kind: "postgres", url, shown: "postgres://db.example/tokens" });
  expect(config.warnings).toEqual([]);
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
    token_store: "sqlite:kept/tokens.db",
    stale_for: 0.5,
    auth_scheme: ["Bearer", "Token"],
    token_from: ["x-api-key", "basic", "query:key"],
    error_format: "openai",
    exclude_routes: ["/ping"],
    exclude_methods: ["GET", "HEAD"],
    routes: [
      { path: "/ping", handler: "ping" },
      {
        path: "/state/*",
        handler: "health",
        token_from: ["query:key"],
        error_format: "simple",
      },
    ],
    max_upstream_requests: 7,
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
    auth: {
      schemes: ["Bearer", "Token"],
      tokenFrom: [{ kind: "header", name: "x-api-key" }, { kind: "basic" }, { kind: "query", name: "key" }],
    },
    errorFormat: "openai",
    exclusions: { paths: ["/ping"], methods: ["GET", "HEAD"] },
    routes: [
      { path: "/ping", handler: "ping", token_from: null, scope: null, error_format: null },
      { path: "/state/*", handler: "health", token_from: ["query:key"], scope: null, error_format: "simple" },
    ],
    maxUpstreamRequests: 7,
    trustedProxies: ["10.0.0.0/8", "::1"],
    tokens: { tokens: ["token1", "!~"] },
    tokenStore: { kind: "sqlite", path: join(folder, "kept/tokens.db"), shown: "sqlite:kept/tokens.db" },
    staleFor: 500,
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

test("loadConfig() says where the settings of each listener stand, or their group where they are not set", () => {
  write('{ "server": {\n"admin": { "port": 1 },\n"http": { "allowed_tokens": [],\n"host": "::1" } } }');
  const { listen, admin } = loadConfig(file).config;
  const line3 = `${file}:3:9`;
  expect(listen.at).toEqual({ host: `${file}:4:9`, port: line3, unix: line3, tls: line3 });
  const line2 = `${file}:2:10`;
  expect(admin?.at).toEqual({ host: line2, port: `${file}:2:20`, unix: line2, tls: line2 });
});

test("loadConfig() puts the values of references in place, and names each file it read", () => {
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

test("loadConfig() reads the environment of the process when it is given no other", () => {
  // A variable of the test's own: what else is there, and whether it fits the setting, differs by machine.
  process.env["TOKEN_SERVER_TEST_UNIX"] = "/run/token-server.sock";
  try {
    const { unix } = loadConfig(write(withHttp({ unix: { env: "TOKEN_SERVER_TEST_UNIX" } }))).config.listen;
    expect(unix?.path).toBe("/run/token-server.sock");
  } finally {
    delete process.env["TOKEN_SERVER_TEST_UNIX"];
  }
});

test("loadConfig() reads a million tokens beside one from outside", () => {
  const tokens = Array.from({ length: 1_000_000 }, (_, index) => `token-${index}`);
  write({ server: { http: { allowed_tokens: [...tokens, { env: "TOKEN_SERVER_TEST_TOKEN" }] } } });
  expect(loadConfig(file, ENVIRONMENT).config.tokens.tokens).toHaveLength(1_000_001);
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
