import { describe, expect, test } from "bun:test";
import { ALONE, OPTIONS, upstreamHeaders } from "../../support/upstream-fields.ts";

describe("requestHeaders()", () => {
  test("passes on end-to-end fields, and sets those that report the request", () => {
    const kept = {
      accept: "text/html",
      authorization: "Basic eA==",
      "content-length": "3",
      "content-type": "text/plain",
      cookie: "a=b; c=d",
      "user-agent": "curl/8",
      "x-forward": "mine",
      "x-custom": "1",
    };
    expect(upstreamHeaders(kept)).toEqual({ ...ALONE, ...kept });
  });

  test.each([
    ...["connection", "keep-alive", "upgrade", "http2-settings", "te", "trailer", "transfer-encoding"],
    ...["expect", "alt-svc", "proxy", "proxy-connection", "proxy-authorization", "proxy-status"],
  ])("removes the hop-by-hop field %s", (name) => {
    expect(upstreamHeaders({ [name]: "x" })).toEqual(ALONE);
  });

  test.each([
    ...["X_Auth_User", "x.auth.user", "XAuthUser", "X-Auth-User", "x-auth-user-", "x--auth!token~id"],
    ...["X_Auth_Token_Id", "Transfer_Encoding", "transfer.encoding", "Content_Length", "ContentLength"],
    ...["Host_", "X_Api_Key", "X-Api-Key", "Con_nection", "Proxy_Authorization", "T_E", "Proxy_"],
    ...[
      "X_Forwarded_For",
      "X_Forwarded_Host",
      "X.Forwarded.Proto",
      "X_Request_Id",
      "X_Real_IP",
      "For_warded",
    ],
    ...["X_Forwarded_Prefix", "XForwarded-Port", "x-forwarded-f-or"],
  ])("removes the alias %s, whoever sends it", (name) => {
    const options = { setHeaders: { "X-Api-Key": "upstream" } };
    const expected = { ...ALONE, "x-api-key": "upstream" };
    expect(upstreamHeaders({ [name]: "evil" }, {}, options)).toEqual(expected);
    expect(upstreamHeaders({ [name]: "evil" }, { isTrustedPeer: true }, options)).toEqual(expected);
  });

  test("removes several aliases in one request", () => {
    const aliases = { X_Auth_User: "a", "x.auth.user": "b", xauthuser: "c", Transfer_Encoding: "chunked" };
    expect(upstreamHeaders({ ...aliases, "x-last": "1" })).toEqual({ ...ALONE, "x-last": "1" });
  });

  test.each([
    ["one", "X-Foo"],
    ["several", "close, X-Foo,x-bar ,, keep-alive"],
    ["them beside what is no name", "x foo, (x), X-FOO, é, x-bar"],
  ])("removes what Connection names: %s", (_, connection) => {
    const named = connection.includes("x-bar") ? { "x-foo": "1", "x-bar": "2" } : { "x-foo": "1" };
    expect(upstreamHeaders({ connection, ...named, "x-baz": "3" })).toEqual({ ...ALONE, "x-baz": "3" });
  });

  test.each(["content-length", "content-type", "content-encoding", "authorization", "cookie"])(
    "keeps %s though Connection names it",
    (name) => expect(upstreamHeaders({ connection: name, [name]: "1" })).toEqual({ ...ALONE, [name]: "1" }),
  );

  test("sets its own headers though Connection names them", () => {
    const connection =
      "x-auth-user, x-auth-token-id, x-api-key, x-forwarded-for, x-forwarded-proto, x-forwarded-host, x-request-id";
    const setHeaders = { "X-Api-Key": "upstream" };
    expect(upstreamHeaders({ connection }, {}, { setHeaders })).toEqual({
      ...ALONE,
      "x-api-key": "upstream",
    });
  });

  test("removes what an untrusted peer reports of a client", () => {
    const reported = { ...REPORTED, "x-forwarded-user": "root", "x-forwarded-prefix": "/admin" };
    expect(upstreamHeaders(reported)).toEqual(ALONE);
  });

  test("keeps what a trusted peer reports, and appends the peer to X-Forwarded-For", () => {
    const reported = { ...REPORTED, "x-forwarded-port": "8443" };
    const facts = { isTrustedPeer: true, peer: "10.0.0.1", requestId: REPORTED["x-request-id"] };
    expect(upstreamHeaders(reported, facts)).toEqual({
      ...ALONE,
      ...reported,
      "x-forwarded-for": "203.0.113.7, 198.51.100.2, 10.0.0.1",
    });
  });

  test("keeps what a trusted peer reports though Connection names it", () => {
    const connection = Object.keys(REPORTED).join(", ");
    const facts = { isTrustedPeer: true, peer: null, requestId: REPORTED["x-request-id"] };
    expect(upstreamHeaders({ connection, ...REPORTED }, facts)).toEqual({ ...ALONE, ...REPORTED });
  });

  test("sets what a trusted peer does not report", () => {
    const empty = { "x-forwarded-for": "", "x-forwarded-proto": "", "x-forwarded-host": "" };
    for (const reported of [{}, empty])
      expect(upstreamHeaders(reported, { isTrustedPeer: true })).toEqual(ALONE);
  });

  test("reports HTTPS", () => {
    expect(upstreamHeaders({}, { proto: "https" })).toEqual({ ...ALONE, "x-forwarded-proto": "https" });
  });

  test("reports no address of a peer on a Unix socket, and trusts no other", () => {
    const { "x-forwarded-for": _, ...rest } = ALONE;
    expect(upstreamHeaders({ "x-forwarded-for": "1.2.3.4" }, { peer: null })).toEqual(rest);
  });

  test("reports no host where the request has none, and sends the upstream's own", () => {
    const { "x-forwarded-host": _, ...rest } = ALONE;
    for (const host of [null, ""])
      expect(upstreamHeaders({ "x-forwarded-host": "evil" }, { host })).toEqual({ ...rest, host: "up:80" });
  });

  test("keeps the client's Host though Connection names it, or sets the one of its options", () => {
    const sent = { connection: "host", host: "gate.example" };
    expect(upstreamHeaders(sent)).toEqual(ALONE);
    const set = upstreamHeaders(sent, {}, { host: "up.internal:8080" });
    expect(set).toEqual({ ...ALONE, host: "up.internal:8080" });
  });

  test.each([null, ""])("sets the identity of a request without a user to a dash (%j)", (none) => {
    const facts = { user: none, tokenId: none, scopes: none === null ? null : [] };
    const expected = { ...ALONE, "x-auth-user": "-", "x-auth-token-id": "-", "x-auth-scopes": "-" };
    expect(upstreamHeaders({ "x-auth-user": "root", "x-auth-token-id": "1" }, facts)).toEqual(expected);
  });

  test("sets identity headers of other names, and omits those without one", () => {
    const userHeaders = { user: "X-Forwarded-User", tokenId: null, scopes: null };
    const sent = { "x-forwarded-user": "root", X_Forwarded_User: "root", "x-auth-token-id": "mine" };
    const { "x-auth-user": _, "x-auth-token-id": __, "x-auth-scopes": ___, ...rest } = ALONE;
    for (const isTrustedPeer of [false, true])
      expect(upstreamHeaders(sent, { isTrustedPeer }, { userHeaders })).toEqual({
        ...rest,
        "x-forwarded-user": "anna",
        "x-auth-token-id": "mine",
      });
  });

  test("overrides the client's headers and its own reports by setHeaders", () => {
    const setHeaders = { Authorization: "Bearer up", "X-Forwarded-Proto": "https", "User-Agent": "gate" };
    const sent = { authorization: "Bearer client", authorization_: "Bearer alias", "user-agent": "curl" };
    expect(upstreamHeaders(sent, {}, { setHeaders })).toEqual({
      ...ALONE,
      authorization: "Bearer up",
      "x-forwarded-proto": "https",
      "user-agent": "gate",
    });
  });

  test.each(["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Request-Id"])(
    "sets %s once, though setHeaders or an identity header has its name",
    (name) => {
      const userHeaders = { ...OPTIONS.userHeaders, user: name };
      const { "x-auth-user": _, ...rest } = ALONE;
      for (const facts of [{}, { isTrustedPeer: true }]) {
        const set = upstreamHeaders(REPORTED, facts, { setHeaders: { [name]: "set" } });
        expect(set).toMatchObject({ [name.toLowerCase()]: "set" });
        const identified = upstreamHeaders({ [name]: "root" }, facts, { userHeaders });
        expect(identified).toEqual({ ...rest, [name.toLowerCase()]: "anna" });
      }
    },
  );

  test("keeps an Accept and a User-Agent, and adds none", () => {
    const sent = { accept: "*/*", "user-agent": "x" };
    expect(upstreamHeaders(sent)).toEqual({ ...ALONE, ...sent });
    expect(upstreamHeaders({})).toEqual(ALONE);
  });
});

/** What a proxy reports of a request. */
const REPORTED = {
  forwarded: "for=203.0.113.7;proto=https",
  "x-forwarded-for": "203.0.113.7, 198.51.100.2",
  "x-forwarded-host": "public.example",
  "x-forwarded-proto": "https",
  "x-real-ip": "203.0.113.7",
  "x-request-id": "from-the-proxy",
};
