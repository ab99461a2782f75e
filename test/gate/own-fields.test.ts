import { describe, expect, test } from "bun:test";
import { AUTH, sharedGate } from "../support/gate.ts";
import { headDifference, SAME } from "../support/head-difference.ts";
import { sharedUpstream } from "../support/raw-upstream.ts";

// The fields that the gate itself sets on a request: identity, set_headers, Host and what trusted proxies report.

const upstream = sharedUpstream();
const at = (host: string, settings: object = {}) => ({
  ...{ host, path: "/*", proxy: upstream.url },
  ...settings,
});
const routes = [
  { path: "/*", proxy: upstream.url },
  at("set.test", {
    set_headers: { "X-Key": "of-ours", Authorization: { env: "UPSTREAM_KEY" }, "User-Agent": "gate" },
  }),
  at("named.test", { user_headers: { user: "Remote-User", token_id: null, scopes: "Remote-Groups" } }),
  at("none.test", { user_headers: { user: null, token_id: null, scopes: null } }),
  at("host-upstream.test", { host_header: "upstream" }),
  at("host-name.test", { host_header: "inner.test" }),
  { path: "/open/*", proxy: upstream.url },
];
const http = { exclude_routes: ["/open/*"] };
const variables = { UPSTREAM_KEY: "Bearer upstream-secret" };
const gate = sharedGate(routes, http, variables);
const behindProxy = sharedGate(routes, { ...http, trusted_proxies: ["127.0.0.1"] }, variables);

describe("the identity at the upstream", () => {
  test.each([
    ["without a token", []],
    ["with a good token", [AUTH]],
    ["with a bad token", ["Authorization: Token nobodys"]],
    ["with names of its own", ["X-Auth-User: root", "X_Auth_Token_Id: 1"]],
  ])("of an open route is - %s", async (_, lines) => {
    const options = { target: "/open/x", auth: false };
    expect(await headDifference(gate, upstream, lines, options)).toEqual({
      added: ["X-Auth-Token-Id: -", "X-Auth-User: -"],
      missing: ["X-Auth-Token-Id: ID", "X-Auth-User: anna"],
    });
  });

  test("has the names of user_headers, and one that is null is left out", async () => {
    const lines = ["Remote_User: root", "Remote-User: root", "Remote.Groups: admin"];
    expect(await headDifference(gate, upstream, lines, { host: "named.test" })).toEqual({
      added: ["Remote-Groups: -", "Remote-User: anna"],
      missing: ["X-Auth-Scopes: -", "X-Auth-Token-Id: ID", "X-Auth-User: anna"],
    });
  });

  test("can be left out", async () => {
    expect(await headDifference(gate, upstream, [], { host: "none.test" })).toEqual({
      added: [],
      missing: ["X-Auth-Scopes: -", "X-Auth-Token-Id: ID", "X-Auth-User: anna"],
    });
  });
});

describe("set_headers", () => {
  const SET = ["Authorization: Bearer upstream-secret", "User-Agent: gate", "X-Key: of-ours"];
  test.each([
    ["are set", []],
    ["override the client's", ["X-Key: mine", "User-Agent: curl/8"]],
    ["override an alias", ["X_Key: mine", "x.key: mine", "User_Agent: curl/8"]],
    ["can't be taken away by Connection", ["Connection: X-Key, User-Agent, Authorization"]],
  ])("%s", async (_, lines) => {
    expect(await headDifference(gate, upstream, lines, { host: "set.test" })).toEqual({
      added: SET,
      missing: [],
    });
    expect(gate.out()).not.toMatch(/upstream-secret|of-ours/);
  });
});

describe("host_header", () => {
  test.each([
    ["upstream", "host-upstream.test", `127.0.0.1:${upstream.port}`],
    ["a name", "host-name.test", "inner.test"],
  ])("of %s decides Host, and X-Forwarded-Host stays", async (_, host, expected) => {
    expect(await headDifference(gate, upstream, [], { host })).toEqual({
      added: [`Host: ${expected}`],
      missing: [`Host: ${host}`],
    });
  });

  test("is the client's by default, with its port", async () => {
    const host = "gate.test:8443";
    expect(await headDifference(gate, upstream, [], { host })).toEqual(SAME);
  });
});

describe("from a trusted proxy", () => {
  const FOR = "X-Forwarded-For: 127.0.0.1";
  test.each<[lines: string[], added: string[], missing: string[]]>([
    [[], [], []],
    [["X-Forwarded-For: 192.0.2.6"], ["X-Forwarded-For: 192.0.2.6, 127.0.0.1"], [FOR]],
    [
      ["X-Forwarded-For: 192.0.2.6", "X-Forwarded-For: 192.0.2.7"],
      ["X-Forwarded-For: 192.0.2.6, 192.0.2.7, 127.0.0.1"],
      [FOR],
    ],
    [["X-Forwarded-Proto: https"], ["X-Forwarded-Proto: https"], ["X-Forwarded-Proto: http"]],
    [["X-Forwarded-Host: a.test"], ["X-Forwarded-Host: a.test"], ["X-Forwarded-Host: gate.test"]],
    [["Forwarded: for=192.0.2.6"], ["Forwarded: for=192.0.2.6"], []],
    [["X-Real-IP: 192.0.2.6"], ["X-Real-Ip: 192.0.2.6"], []],
    [["X-Request-Id: abc-123"], ["X-Request-Id: abc-123"], ["X-Request-Id: MINTED"]],
    [["X_Forwarded_For: 192.0.2.6", "X_Real_IP: 192.0.2.6", "X.Request.Id: 1"], [], []],
    [["X-Auth-User: root", "X_Auth_Token_Id: 1", "X_Auth_Scopes: admin"], [], []],
  ])("%j", async (lines, added, missing) => {
    expect(await headDifference(behindProxy, upstream, lines)).toEqual({ added, missing });
  });
});
