import { expect, test } from "bun:test";
import { checkSettings } from "../../src/config/check-settings.ts";
import { SETTINGS } from "../../src/config/settings.ts";
import { LIMITS } from "../../src/limits.ts";
import { parseJson } from "../../src/json/parse-json.ts";
import { digestToken } from "../../src/tokens/token.ts";
import { textOf } from "../support/read-setting.ts";

/** The problems across settings of a config with these settings of its listeners, each of which is sound. */
function problems(http: object, admin?: object): string[] {
  const found: string[] = [];
  const config = { server: { http: { allowed_tokens: ["token1"], ...http }, ...(admin && { admin }) } };
  const json = parseJson(JSON.stringify(config));
  const context = { report: () => expect.unreachable(), resolve: () => undefined };
  const sound = SETTINGS.read(json.value, [], context);
  if (sound) checkSettings(sound, { json, folder: "/etc/gate" }, (problem) => found.push(textOf(problem)));
  return found.map((text) => text.replace(/^server\.http\./, ""));
}

test("checkSettings() finds nothing wrong with the minimal config", () => {
  expect(problems({})).toEqual([]);
});

test("checkSettings() reports exclusions that open nothing, or what needs a user", () => {
  expect(problems({ exclude_routes: ["/ping", "/x"], exclude_methods: ["OPTIONS"] })).toEqual([
    'exclude_routes[1] must be the path of a route (/ping), was "/x"',
    "exclude_methods[0] opens nothing: no route has the method OPTIONS; remove it",
  ]);
  const routes = [
    { path: "/me", handler: "whoami" },
    { path: "/a", handler: "ping" },
  ];
  expect(problems({ routes, exclude_routes: ["/me", "/b"], exclude_methods: ["GET"] })).toEqual([
    "exclude_routes[0] would open GET /me, which needs a user; remove it",
    'exclude_routes[1] must be the path of a route (/me, /a), was "/b"',
    "exclude_methods[0] would open GET /me, which needs a user; remove it",
  ]);
});

test("checkSettings() reports scopes of a route that needs no token", () => {
  const routes = [
    { path: "/ping", handler: "ping", scope: "a" },
    { path: "/metrics", handler: "metrics", scope: ["a", "b"] },
    { path: "/*", proxy: "http://127.0.0.1:1", scope: "a" },
  ];
  expect(problems({ routes })).toEqual([]);
  expect(problems({ routes, exclude_methods: ["OPTIONS"] })).toEqual([]);
  expect(problems({ routes, exclude_routes: ["/ping", "/*"] })).toEqual([
    "routes[0].scope needs a token, and exclude_routes opens the route; remove one of the two",
    "routes[2].scope needs a token, and exclude_routes opens the route; remove one of the two",
  ]);
  expect(problems({ routes: routes.slice(0, 1), exclude_methods: ["GET"] })).toEqual([
    "routes[0].scope needs a token, and exclude_methods opens the route; remove one of the two",
  ]);
});

test("checkSettings() lists a few routes where a path is none of them, and counts the rest", () => {
  const routes = Array.from({ length: 3000 }, (_, index) => ({ path: `/r${index}`, handler: "ping" }));
  const listed = Array.from({ length: LIMITS.routesShown }, (_, index) => `/r${index}`).join(", ");
  expect(problems({ routes, exclude_routes: ["/x"] })).toEqual([
    `exclude_routes[0] must be the path of a route (${listed} and ${3000 - LIMITS.routesShown} more), was "/x"`,
  ]);
  expect(problems({ routes: routes.slice(0, LIMITS.routesShown), exclude_routes: ["/x"] })).toEqual([
    `exclude_routes[0] must be the path of a route (${listed}), was "/x"`,
  ]);
});

test("checkSettings() reports a path that two routes have", () => {
  const routes = [
    { path: "/a", handler: "ping" },
    { path: "/b/*", handler: "ping" },
    { path: "/a", handler: "health" },
    { path: "/b/*", handler: "ping" },
  ];
  expect(problems({ routes })).toEqual([
    "routes[2].path is already the path of server.http.routes[0]; remove one of the two",
    "routes[3].path is already the path of server.http.routes[1]; remove one of the two",
  ]);
});

test("checkSettings() reports tokens that are listed twice with anything else, and users and names that are tokens", () => {
  const allowed_tokens = [
    "a",
    "a",
    { token: "b", name: "anna" },
    { token: "c", name: "anna" },
    "b",
    { token: "b", name: "bert" },
    { token: "d", name: "a" },
    { token: "e", name: "e" },
    { token: "f" },
    { token: "f", disabled: true },
    { token: "g", user: "carl", name: "f" },
    { token: "h", user: "g", name: "dora" },
  ];
  expect(problems({ allowed_tokens })).toEqual([
    "allowed_tokens[4] must be unique; allowed_tokens[2] is the same token",
    "allowed_tokens[5].token must be unique; allowed_tokens[2] is the same token",
    "allowed_tokens[8].token must be unique; allowed_tokens[9] is the same token",
    "allowed_tokens[6].name must not be a token or its digest: logs, metrics and whoami show it",
    "allowed_tokens[7].name must not be a token or its digest: logs, metrics and whoami show it",
    "allowed_tokens[10].name must not be a token or its digest: it is not kept secret",
    "allowed_tokens[11].user must not be a token or its digest: logs, metrics and whoami show it",
  ]);
  const sound = [
    ...["a", "a", { token: "a" }],
    ...[
      { token: "b", name: "anna" },
      { token: "c", name: "anna" },
    ],
    ...[
      { token: "d", user: "anna", name: "label" },
      { token: "e", user: "bert", name: "label" },
    ],
    { token: "f", scopes: [] },
  ];
  expect(problems({ allowed_tokens: sound })).toEqual([]);
});

test("checkSettings() reports a token that would never be valid", () => {
  const [first, second] = ["2027-01-31T12:00:00Z", "2027-01-31T12:00:01Z"];
  const allowed_tokens = [
    { token: "a", not_before: first, expires: first },
    { token: "b", not_before: second, expires: first },
    { token: "c", not_before: first, expires: second },
    { token: "d", not_before: second },
    { token: "e", expires: first },
  ];
  expect(problems({ allowed_tokens })).toEqual(
    [0, 1].map(
      (index) =>
        `allowed_tokens[${index}].expires must be later than not_before: the token would never be valid`,
    ),
  );
});

test("checkSettings() takes a token and its digest for the same token", () => {
  const sha256 = (token: string) => digestToken(token).toHex();
  const allowed_tokens = [
    "a",
    { sha256: sha256("a"), name: "anna" },
    { token: "b", name: "bert" },
    { sha256: sha256("b").toUpperCase() },
    { sha256: sha256("c"), name: "c" },
    { token: "d", name: sha256("e").toUpperCase() },
    { sha256: sha256("e") },
    { token: "f", name: "A" },
  ];
  expect(problems({ allowed_tokens })).toEqual([
    "allowed_tokens[0] must be unique; allowed_tokens[1] is the same token",
    "allowed_tokens[3].sha256 must be unique; allowed_tokens[2] is the same token",
    "allowed_tokens[4].name must not be a token or its digest: logs, metrics and whoami show it",
    "allowed_tokens[5].name must not be a token or its digest: logs, metrics and whoami show it",
  ]);
  const sound = [
    "a",
    { sha256: sha256("a") },
    { sha256: sha256("a") },
    { sha256: sha256("b"), name: "anna" },
  ];
  expect(problems({ allowed_tokens: sound })).toEqual([]);
});

const SAME_PORT = ["server.admin.port must differ from server.http.port, was 8002"];

test.each([
  ["127.0.0.1", "127.0.0.1", SAME_PORT],
  ["127.0.0.1", "localhost", SAME_PORT],
  ["0.0.0.0", "127.0.0.1", SAME_PORT],
  ["127.0.0.1", "::", SAME_PORT],
  ["127.0.0.1", "::1", []],
  ["127.0.0.1", "127.0.0.2", []],
])("checkSettings() judges one port on %s and %s", (host, adminHost, expected) => {
  expect(problems({ host, port: 8002 }, { host: adminHost, port: 8002 })).toEqual(expected);
});

test("checkSettings() compares ports by their defaults too, and port 0 with none", () => {
  expect(problems({ port: 8001 }, {})).toEqual([
    "server.admin.port defaults to 8001, which server.http.port already uses; set another",
  ]);
  expect(problems({}, { port: 8000 })).toHaveLength(1);
  expect(problems({}, {})).toEqual([]);
  expect(problems({ port: 0 }, { port: 0 })).toEqual([]);
});

test("checkSettings() reports a Unix socket that can't be shared as a port can", () => {
  const text = "can't be shared as a port can; remove server.http.reuse_port";
  expect(problems({ reuse_port: true, unix: "/a" }, { unix: "/b" })).toEqual([
    `unix ${text}`,
    `server.admin.unix ${text}`,
  ]);
  expect(problems({ reuse_port: true })).toEqual([]);
});

test("checkSettings() reports a Unix socket that both listeners would have", () => {
  expect(problems({ unix: "/etc/gate/a" }, { unix: "./a" })).toEqual([
    "server.admin.unix must differ from server.http.unix",
  ]);
  expect(problems({ unix: "/a" }, { unix: "/b" })).toEqual([]);
  expect(problems({ port: 8001 }, { unix: "/a" })).toEqual([]);
  expect(problems({ unix: "/a", port: 8002 }, { port: 8002 })).toEqual([]);
});

test("checkSettings() judges no setting that has a problem of its own", () => {
  const http = { host: "", port: 8002, exclude_routes: [7], exclude_methods: [7] };
  const json = parseJson(JSON.stringify({ server: { http, admin: { port: 8002 } } }));
  const sound = SETTINGS.read(json.value, [], { report: () => {}, resolve: () => undefined });
  if (!sound) throw new Error("nothing is sound");
  expect(sound.server?.http?.host).toBeUndefined();
  expect(sound.server?.http?.exclude_routes).toEqual([undefined]);
  checkSettings(sound, { json, folder: "/" }, (problem) => expect.unreachable(textOf(problem)));
});
