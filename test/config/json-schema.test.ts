import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { jsonSchema } from "../../src/config/json-schema.ts";
import { isObject, type SettingType, type Schema } from "../../src/schema/schema.ts";
import { parseJson } from "../../src/json/parse-json.ts";
import { SETTINGS } from "../../src/config/settings.ts";
import { tokenProblem } from "../../src/tokens/token.ts";
import { schemaFaults } from "../support/schema-faults.ts";

const SCHEMA = jsonSchema();
const faults = (value: unknown) => schemaFaults(SCHEMA, value);
const withHttp = (http: object) => ({ server: { http: { allowed_tokens: [], ...http } } });

/** Broken in ways that JSON Schema can't express, or that need the machine to be seen. */
const BEYOND: Record<string, string> = {
  "admin-port-by-default": "two settings are compared",
  "carriers-twice": "names are compared without case",
  "doubled-key": "a name is given twice",
  "exclude-unknown-route": "the path is none of the routes'",
  "exclude-what-needs-a-user": "the handler needs a user",
  "outside-missing": "variables and files are missing",
  "outside-wrong-value": "what variables and files hold",
  "routes-in-each-others-way": "paths and ports are the same",
  "routes-never-reached": "what becomes of a path in a request",
  "stale-without-store": "a setting needs another one",
  "tls-files": "files are missing or hold something else",
  "tls-key-in-place": "a long text may be the name of a file",
  "token-in-route": "the path is none of the routes'",
  "token-in-another-route": "the path is none of the routes'",
};

const broken = readdirSync(import.meta.dir)
  .filter((name) => name.endsWith(".json") && !name.startsWith("not-json-"))
  .map((name) => ({
    name: name.replace(/\.json$/, ""),
    text: readFileSync(join(import.meta.dir, name), "utf8"),
  }));

/** The schemas of a property and all below it, with the path of each. */
function settings(type: SettingType<unknown>, schema: Schema, at = ""): [string, unknown, Schema][] {
  if (type.element) {
    // A setting that takes one value or a list has both as alternatives.
    const list = ((schema["anyOf"] ?? [schema]) as Schema[]).find(({ items }) => items);
    return settings(type.element, list?.["items"] as Schema, `${at}[]`);
  }
  const properties = propertiesOf(schema);
  return Object.entries(type.properties ?? {}).flatMap(([name, setting]) => {
    const own = properties?.[name] ?? {};
    return [[`${at}.${name}`, setting, own], ...settings(setting.type, own, `${at}.${name}`)];
  });
}

/** The properties of an object, or of all objects that are alternatives. */
function propertiesOf({ properties, anyOf = [] }: Schema): Record<string, Schema> {
  return Object.assign({}, properties, ...(anyOf as Schema[]).map((one) => one["properties"]));
}

describe("jsonSchema()", () => {
  const all = settings(SETTINGS, SCHEMA);

  test("is a schema of the draft that it names", () => {
    expect(SCHEMA["$schema"]).toBe("https://json-schema.org/draft/2020-12/schema");
    expect(JSON.parse(JSON.stringify(SCHEMA))).toEqual(SCHEMA);
  });

  test.each(all)("describes %s, with its default", (_, setting, schema) => {
    expect(setting).toMatchObject({ about: schema["description"] });
    const { default: defaultValue } = setting as { default: unknown };
    expect(schema["default"]).toEqual(defaultValue === null ? undefined : defaultValue);
  });

  test.each(all)("has a default of %s that it accepts itself", (_, _setting, schema) => {
    if (Object.hasOwn(schema, "default")) {
      expect(schemaFaults({ ...schema, $defs: SCHEMA["$defs"] }, schema["default"])).toEqual([]);
    }
  });

  test("has every setting, and no other", () => {
    const names = all.map(([path]) => path);
    expect(names).toContain(".server.http.tls.client_ca");
    expect(names).toContain(".log.level[].logger");
    expect(names.length).toBe(countOf(SCHEMA));
  });

  const sound: [string, unknown][] = [
    ["the seed's config.json", JSON.parse(readFileSync(join(import.meta.dir, "../../config.json"), "utf8"))],
    ["the least", { server: { http: { allowed_tokens: [] } } }],
    ["a store instead of tokens", { server: { http: { token_store: "sqlite:tokens.db" } } }],
    [
      "one with every setting",
      {
        $schema: "./config.schema.json",
        server: {
          http: {
            host: "::1",
            port: 65535,
            unix: "/run/gate.sock",
            unix_mode: "0600",
            reuse_port: true,
            tls: { cert: "gate.pem", key: { env: "KEY" }, client_ca: { file: "ca.pem" } },
            http2: true,
            request_max_size: 0,
            allowed_tokens: [
              "token1",
              "!~",
              { env: "GATE_TOKEN" },
              { file: "/run/secrets/gate" },
              { token: "a", name: "anna" },
              { token: { file: "b" }, name: "bert@example.com" },
              { token: "c" },
              { token: "d", user: "carl", name: "Carl's laptop" },
              {
                sha256: "df3e6b0bb66ceaadca4f84cbc371fd66e04d20fe51fc414da8d1b84d31d178de",
                user: "carl",
                scopes: ["read", "models:write"],
                from: ["10.0.0.0/8", "::1"],
                not_before: "2026-01-31T12:00:00Z",
                expires: "2027-01-31t12:00:00.5+01:00",
                disabled: false,
              },
              { token: "e", scopes: "read", from: "10.0.0.1" },
            ],
            auth_scheme: ["Token", { env: "SCHEME" }],
            token_from: ["authorization", "basic", "x-api-key", { env: "CARRIER" }, "query:key"],
            error_format: "openai",
            exclude_routes: ["/ping", { file: "route" }],
            exclude_methods: ["GET", { env: "METHOD" }],
            routes: [{ path: "/*", handler: "ping" }],
            trusted_proxies: ["10.0.0.0/8", { env: "PROXY" }],
          },
          admin: { host: "localhost", port: 0, unix: "admin.sock", unix_mode: "666" },
        },
        log: { level: [{ logger: "server_logger.auth", level: "CRITICAL" }], format: "json" },
        shutdown: { drain: 0.25, deadline: 3600 },
        watch: true,
      },
    ],
  ];
  test.each(sound)("accepts %s", (_, config) => {
    expect(faults(config)).toEqual([]);
  });

  test.each(broken.filter(({ name }) => !Object.hasOwn(BEYOND, name)))("refuses $name", ({ text }) => {
    expect(faults(parseJson(text).value)).not.toEqual([]);
  });

  test.each(Object.keys(BEYOND))("can't tell that %s is broken", (name) => {
    const text = broken.find((one) => one.name === name)?.text;
    expect(faults(parseJson(String(text)).value)).toEqual([]);
  });

  const wrong: [string, object, string][] = [
    ["a port out of range", withHttp({ port: 65536 }), ".server.http.port"],
    ["a host with a port", withHttp({ host: "127.0.0.1:8000" }), ".server.http.host"],
    ["a host in brackets", withHttp({ host: "[::1]" }), ".server.http.host"],
    ["an unknown setting", withHttp({ prot: 1 }), ".server.http.prot"],
    ["what is missing", { server: { http: {} } }, ".server.http"],
    ["what is missing above", {}, ".server"],
    ["a certificate without a key", withHttp({ tls: { cert: "a" } }), ".server.http.tls.key"],
    ["no scheme", withHttp({ auth_scheme: [] }), ".server.http.auth_scheme"],
    ["no carrier", withHttp({ token_from: [] }), ".server.http.token_from"],
    ["a bad token", withHttp({ allowed_tokens: ["a", "b c"] }), ".server.http.allowed_tokens[1]"],
    [
      "a token with a label and without a user",
      withHttp({ allowed_tokens: [{ token: "a", name: "Anna's laptop" }] }),
      ".server.http.allowed_tokens[0]",
    ],
    [
      "a name of two words",
      withHttp({ allowed_tokens: [{ token: "a", name: "b c" }] }),
      ".server.http.allowed_tokens[0]",
    ],
    ["a bad name of a variable", withHttp({ host: { env: "a b" } }), ".server.http.host"],
    ["two places", withHttp({ host: { env: "A", file: "b" } }), ".server.http.host"],
    ["a query in a path", withHttp({ exclude_routes: ["/a?b"] }), ".server.http.exclude_routes[0]"],
    ["null", { ...withHttp({}), watch: null }, ".watch"],
    ["a text that is too much", { ...withHttp({}), $schema: { env: "A" } }, ".$schema"],
    ["a time that is too long", { ...withHttp({}), shutdown: { drain: 3601 } }, ".shutdown.drain"],
  ];
  test.each(wrong)("refuses %s where it stands", (_, config, at) => {
    expect(faults(config)).toEqual([at]);
  });

  test("takes for a token what the program takes for one", () => {
    for (let code = 0; code < 0x180; code += 1) {
      const token = `a${String.fromCharCode(code)}`;
      expect([token, faults(withHttp({ allowed_tokens: [token] })).length === 0]).toEqual([
        token,
        tokenProblem(token) === null,
      ]);
    }
  });
});

/** How many properties a schema has, the places of a text aside. */
function countOf(schema: unknown): number {
  if (!isObject(schema)) return 0;
  const { items } = schema as { items?: unknown };
  const own = Object.values(propertiesOf(schema as Schema) ?? {});
  return own.length + own.reduce<number>((sum, one) => sum + countOf(one), 0) + countOf(items);
}
