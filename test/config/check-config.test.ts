import { expect, test } from "bun:test";
import { checkConfig } from "../../src/config/check-config.ts";
import type { Config } from "../../src/config/config.ts";
import { configOfTokens, listenOn } from "../support/seed-config.ts";

function reported(given: Partial<Config>): unknown[] {
  const reports: unknown[] = [];
  const nothing = () => undefined;
  checkConfig(configOfTokens(["token1"], given), (...report) => reports.push(report), nothing);
  return reports;
}

test("checkConfig() finds nothing wrong with the seed's config", () => {
  expect(reported({})).toEqual([]);
});

test("checkConfig() reports exclusions that can't be granted, where they stand", () => {
  expect(reported({ exclusions: { paths: ["/ping", "/x"], methods: ["OPTIONS"] } })).toEqual([
    [["server", "http", "exclude_routes", 1], 'must be the path of a route (/ping), was "/x"'],
    [["server", "http", "exclude_methods", 0], "opens nothing: no route has the method OPTIONS"],
  ]);
  expect(
    reported({
      routes: [{ path: "/me", handler: "whoami" }],
      exclusions: { paths: ["/me"], methods: [] },
    }),
  ).toEqual([[["server", "http", "exclude_routes", 0], "would open GET /me, which needs a user"]]);
});

test("checkConfig() reports a path that two routes have", () => {
  const routes = [
    { path: "/a", handler: "ping" },
    { path: "/b/*", handler: "ping" },
    { path: "/a", handler: "health" },
    { path: "/b/*", handler: "ping" },
  ] as const;
  expect(reported({ routes })).toEqual([
    [["server", "http", "routes", 2, "path"], "is already the path of server.http.routes[0]"],
    [["server", "http", "routes", 3, "path"], "is already the path of server.http.routes[1]"],
  ]);
});

test("checkConfig() reports names and tokens that leave open who a user is, and names that are tokens", () => {
  const tokens = [
    "a",
    "a",
    { token: "b", name: "anna" },
    { token: "c", name: "anna" },
    "b",
    { token: "b", name: "bert" },
    { token: "d", name: "a" },
    { token: "e", name: "e" },
  ];
  const at = (...path: (string | number)[]) => ["server", "http", "allowed_tokens", ...path];
  expect(reported({ tokens: { tokens } })).toEqual([
    [at(3, "name"), "must be unique; allowed_tokens[2] has the same name"],
    [at(4), "must be unique; allowed_tokens[2] is the same token, with a name"],
    [at(5, "token"), "must be unique; allowed_tokens[2] is the same token, with a name"],
    [at(6, "name"), "must not be a token: logs, metrics and whoami show the name"],
    [at(7, "name"), "must not be a token: logs, metrics and whoami show the name"],
  ]);
  const sound = ["a", { token: "b", name: "anna" }, { token: "c", name: "Anna" }, "a"];
  expect(reported({ tokens: { tokens: sound } })).toEqual([]);
});

const MUST_BE_ANOTHER = [
  [["server", "admin", "port"], "defaults to 8000, which server.http.port already uses; set another"],
];

test.each([
  ["127.0.0.1", "127.0.0.1", MUST_BE_ANOTHER],
  ["127.0.0.1", "localhost", MUST_BE_ANOTHER],
  ["0.0.0.0", "127.0.0.1", MUST_BE_ANOTHER],
  ["127.0.0.1", "::", MUST_BE_ANOTHER],
  ["127.0.0.1", "::1", []],
  ["127.0.0.1", "127.0.0.2", []],
] as const)("checkConfig() judges one port on %s and %s", (host, adminHost, expected) => {
  const admin = listenOn({ setting: "server.admin", host: adminHost, port: 8000 });
  expect(reported({ listen: listenOn({ host, port: 8000 }), admin })).toEqual(
    expected as unknown as unknown[],
  );
});

test("checkConfig() reports a Unix socket that can't be shared as a port can", () => {
  const shared = (setting: string) =>
    listenOn({ setting, reusePort: true, unix: { path: setting, mode: 0o600 } });
  const text = "can't be shared as a port can; remove server.http.reuse_port";
  expect(reported({ listen: shared("server.http"), admin: shared("server.admin") })).toEqual([
    [["server", "http", "unix"], text],
    [["server", "admin", "unix"], text],
  ]);
  expect(reported({ listen: listenOn({ reusePort: true }), admin: null })).toEqual([]);
});

test("checkConfig() reports a Unix socket that both listeners would have", () => {
  const socket = (path: string) => listenOn({ port: 8000, unix: { path, mode: 0o600 } });
  expect(reported({ listen: socket("/a"), admin: socket("/a") })).toEqual([
    [["server", "admin", "unix"], "must differ from server.http.unix"],
  ]);
  expect(reported({ listen: socket("/a"), admin: socket("/b") })).toEqual([]);
  expect(reported({ admin: socket("/a") })).toEqual([]);
  expect(reported({ admin: listenOn({ port: 8001 }) })).toEqual([]);
  expect(reported({ listen: listenOn({ port: 0 }), admin: listenOn({ port: 0 }) })).toEqual([]);
});
