import { describe, expect, test } from "bun:test";
import { requestBytes, sharedGate, startGate, TOKEN } from "../support/gate.ts";
import { headDifference, SAME } from "../support/head-difference.ts";
import { sharedUpstream } from "../support/raw-upstream.ts";

// The field lines of a client, and what the upstream receives of them.

const upstream = sharedUpstream();
const gate = sharedGate([{ path: "/*", proxy: upstream.url }]);

describe("the head of a request at the upstream", () => {
  test("has these bytes", async () => {
    await gate.ask(requestBytes("/x?y"));
    const { bytes } = upstream.requests[0]!;
    const ids = bytes.replace(/(X-Request-Id: ).*/i, "$1MINTED").replace(/(X-Auth-Token-Id: ).*/i, "$1ID");
    expect(ids.split("\r\n")).toEqual([
      "GET /x?y HTTP/1.1",
      "Host: gate.test",
      "X-Forwarded-For: 127.0.0.1",
      "X-Forwarded-Host: gate.test",
      "X-Forwarded-Proto: http",
      "X-Request-Id: MINTED",
      "X-Auth-User: anna",
      "X-Auth-Token-Id: ID",
      "X-Auth-Scopes: -",
      "",
      "",
    ]);
  });

  test.each<[title: string, lines: string[], added: string[]]>([
    ["inner spaces and tabs", ["X-Custom:  a  b\tc "], ["X-Custom: a  b\tc"]],
    ["an empty value", ["X-Empty:"], ["X-Empty: "]],
    ["a value of Latin-1", ["X-Latin: \xe9\xff"], ["X-Latin: \xe9\xff"]],
    ["a name, in Title-Case", ["x-cUSTOM: 1"], ["X-Custom: 1"]],
    ["two lines of a name, in one", ["X-Two: 1", "X-Two: 2"], ["X-Two: 1, 2"]],
    ["two lines of cookies, in one", ["Cookie: a=1", "Cookie: b=2"], ["Cookie: a=1; b=2"]],
    ["User-Agent", ["User-Agent: curl/8"], ["User-Agent: curl/8"]],
    ["Accept", ["Accept: text/html;q=0.5"], ["Accept: text/html;q=0.5"]],
    ["Accept-Encoding", ["Accept-Encoding: gzip, br"], ["Accept-Encoding: gzip, br"]],
    ["a range", ["Range: bytes=0-9", 'If-Range: "x"'], ['If-Range: "x"', "Range: bytes=0-9"]],
    ["conditions", ['If-None-Match: W/"x"'], ['If-None-Match: W/"x"']],
    ["Origin and Referer", ["Origin: null", "Referer: /"], ["Origin: null", "Referer: /"]],
    ["Content-Type", ["Content-Type: text/plain"], ["Content-Type: text/plain"]],
    ["names like ours", ["X-Auth-Users: 1", "X-Auth: 1"], ["X-Auth-Users: 1", "X-Auth: 1"]],
    ["Via and Max-Forwards", ["Via: 1.1 a", "Max-Forwards: 3"], ["Max-Forwards: 3", "Via: 1.1 a"]],
  ])("keeps %s", async (_, lines, added) => {
    expect(await headDifference(gate, upstream, lines)).toEqual({ added: added.toSorted(), missing: [] });
  });

  test.each<string[]>(
    [
      // Hop-by-hop fields (RFC 9110 7.6.1), and what Connection names.
      ["Connection: keep-alive", "Keep-Alive: timeout=5"],
      ["Connection: close"],
      ["Connection: X-Drop, x-too", "X-Drop: 1", "X-Too: 1"],
      ["Connection: X-Drop", "Connection: X-Too", "X-Drop: 1", "X-Too: 1"],
      ["Connection:  , X-Drop ,", "x-dROP: 1"],
      ["Proxy-Connection: keep-alive"],
      ["Proxy-Authorization: Basic eDp5"],
      ["Proxy-Authenticate: Basic"],
      ["TE: trailers", "Connection: TE"],
      ["Trailer: X-Sum"],
      ["Expect: 100-continue"],
      ["Expect: something"],
      ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"],
      ["Connection: Upgrade", "Upgrade: tls/1.2"],
      ["Upgrade: h2c"],
      // Framing, in other words.
      ["Transfer_Encoding: chunked"],
      ["transfer.encoding: chunked"],
      ["Content_Length: 5"],
      ["ContentLength: 5"],
      ["Content--Length: 5"],
      ["Keep_Alive: timeout=5"],
      ["Connection_: close"],
      // Identity.
      ["X-Auth-User: root"],
      ["x-auth-user: root", "X-AUTH-USER: root"],
      ["X_Auth_User: root"],
      ["x.auth.user: root"],
      ["X-Auth_User: root"],
      ["XAuthUser: root"],
      ["X-Auth--User-: root"],
      ["X~Auth'User: root"],
      ["X-Auth-Token-Id: 1"],
      ["X_Auth_Token_Id: 1"],
      ["X-Auth-Scopes: admin"],
      ["X_Auth_Scopes: admin"],
      ["Connection: X-Auth-User, X-Auth-Token-Id, X-Auth-Scopes"],
      // Where the request came from.
      ["X-Forwarded-For: 192.0.2.6"],
      ["X-Forwarded-For: 192.0.2.6", "X-Forwarded-For: 192.0.2.7"],
      ["X_Forwarded_For: 192.0.2.6"],
      ["X.Forwarded.For: 192.0.2.6"],
      ["X-Forwarded-Proto: https"],
      ["X_Forwarded_Proto: https"],
      ["X-Forwarded-Host: elsewhere.test"],
      ["X-Forwarded_Host: elsewhere.test"],
      ["Forwarded: for=192.0.2.6;proto=https"],
      ["X-Real-IP: 192.0.2.6"],
      ["X_Real_IP: 192.0.2.6"],
      ["X-Request-Id: of-the-client"],
      ["X_Request_Id: of-the-client"],
      ["Connection: X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, X-Request-Id"],
    ].map((lines) => [lines.join(" | "), ...lines]),
  )("has no trace of %s", async (_, ...lines) => {
    expect(await headDifference(gate, upstream, lines)).toEqual(SAME);
  });

  test("keeps what Connection must not take away", async () => {
    const lines = [
      "Connection: host, cookie, content-type, authorization",
      "Cookie: a=1",
      "Content-Type: a/b",
    ];
    expect(await headDifference(gate, upstream, lines)).toEqual({
      added: ["Content-Type: a/b", "Cookie: a=1"],
      missing: [],
    });
  });

  test("has the id that the log and the answer show", async () => {
    const shown = await startGate([{ path: "/*", proxy: upstream.url }], { request_id: true });
    const answer = await shown.ask(requestBytes("/x", ["X-Request-Id: of-the-client"]));
    const [id] = upstream.requests[0]!.values("x-request-id");
    expect(answer.values("x-request-id")).toEqual([String(id)]);
    expect((await shown.logged({ status: 200 }))["request_id"]).toBe(id);
    await shown.stop();
  });
});

test("no token stands in the log", () => {
  expect(gate.out()).not.toContain(TOKEN);
});
