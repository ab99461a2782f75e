import { describe, expect, test } from "bun:test";
import { carrierOf, carrierReader, carrierRemover, type Carrier } from "../../src/http/carrier.ts";

/** The carriers that these words mean. */
function carriers(...words: string[]): Carrier[] {
  return words.map((word) => {
    const carrier = carrierOf(word);
    if (carrier === null) throw new Error(`${word} is no carrier`);
    return carrier;
  });
}

const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;

describe("carrierOf()", () => {
  test.each<[string, Carrier]>([
    ["authorization", { kind: "authorization" }],
    ["Authorization", { kind: "authorization" }],
    ["basic", { kind: "basic" }],
    ["X-Api-Key", { kind: "header", name: "x-api-key" }],
    ["x-auth-token", { kind: "header", name: "x-auth-token" }],
    ["query:access_token", { kind: "query", name: "access_token" }],
    ["query:Key", { kind: "query", name: "Key" }],
  ])("takes %p", (word, carrier) => {
    expect(carrierOf(word)).toEqual(carrier);
  });

  test.each([
    ...["", "two words", "a:b", "é", "query:", "query:a b", "query:a&b", "query:a=b", "Query:a", "query:%61"],
    ...["Host", "Connection", "Keep-Alive", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Expect"],
    ...["Content-Length", "Content-Type", "Content-Encoding", "Proxy-Authorization", "Proxy-Connection"],
    ...["Cookie", "Origin", "Referer", "User-Agent", "Accept", "Accept-Encoding", "Sec-WebSocket-Protocol"],
    ...["X-Forwarded-For", "X-Forwarded-Uri", "Forwarded", "X-Real-IP", "X-Request-Id"],
    ...[
      "X-Auth-User",
      "X-Auth-Token-Id",
      "X-Auth-Scopes",
      "X_Auth_User",
      "transfer_encoding",
      "x.forwarded.for",
    ],
  ])("takes no %p", (word) => {
    expect(carrierOf(word)).toBeNull();
  });
});

type Read = ["none"] | [fault: string, kind: string] | [scheme: string | null, token: string, kind: string];

function read(words: readonly string[], headers: Record<string, string> | Headers, query = ""): Read {
  const carried = carrierReader(carriers(...words))(
    new Request(`http://localhost/a${query}`, { headers: headers as Record<string, string> }),
  );
  if (carried === null) return ["none"];
  const { kind } = carried.carrier;
  return carried.fault === null ? [carried.scheme, carried.token, kind] : [carried.fault, kind];
}

const BOTH = ["authorization", "basic"];

describe("carrierReader()", () => {
  test.each<[string[], Record<string, string>, string, Read]>([
    [["authorization"], {}, "", ["none"]],
    [["authorization"], { Authorization: "Token t" }, "", ["Token", "t", "authorization"]],
    [["authorization"], { Authorization: "" }, "", ["malformed", "authorization"]],
    [["authorization"], { Authorization: "Token" }, "", ["malformed", "authorization"]],
    [["authorization"], { Authorization: basic("u:t") }, "", ["Basic", "dTp0", "authorization"]],
    [["authorization"], { "X-Api-Key": "t" }, "?access_token=t", ["none"]],
    // The scheme decides between the two that share a header, whatever their order.
    [BOTH, { Authorization: "Token t" }, "", ["Token", "t", "authorization"]],
    [BOTH, { Authorization: basic("u:t") }, "", [null, "t", "basic"]],
    [["basic", "authorization"], { Authorization: "Token t" }, "", ["Token", "t", "authorization"]],
    [BOTH, { Authorization: "" }, "", ["malformed", "authorization"]],
    [["basic"], { Authorization: "Token t" }, "", ["other_scheme", "basic"]],
    [["basic"], { Authorization: "Basicdddd t" }, "", ["other_scheme", "basic"]],
    [["basic"], { Authorization: "" }, "", ["malformed", "basic"]],
    // The first that is present, and no other.
    [
      ["x-api-key", "authorization"],
      { "X-Api-Key": "a", Authorization: "Token b" },
      "",
      [null, "a", "header"],
    ],
    [
      ["authorization", "x-api-key"],
      { "X-Api-Key": "a", Authorization: "Token b" },
      "",
      ["Token", "b", "authorization"],
    ],
    [["authorization", "x-api-key"], { "X-Api-Key": "a" }, "", [null, "a", "header"]],
    [
      ["authorization", "x-api-key"],
      { "X-Api-Key": "a", Authorization: "" },
      "",
      ["malformed", "authorization"],
    ],
    [
      ["x-api-key", "authorization"],
      { "X-Api-Key": "", Authorization: "Token b" },
      "",
      ["malformed", "header"],
    ],
    [["basic", "x-api-key"], { "X-Api-Key": "a", Authorization: "Token b" }, "", [null, "a", "header"]],
    [["query:t", "x-api-key"], { "X-Api-Key": "a" }, "?t=b", [null, "b", "query"]],
    [["x-api-key", "query:t"], { "X-Api-Key": "a" }, "?t=b&t=c", [null, "a", "header"]],
    [["query:s", "query:t"], {}, "?t=b&s=c", [null, "c", "query"]],
    // A token is one word of visible ASCII.
    [["x-api-key"], { "X-Api-Key": " \t a \t " }, "", [null, "a", "header"]],
    [["x-api-key"], { "X-Api-Key": "a b" }, "", ["malformed", "header"]],
    [["x-api-key"], { "X-Api-Key": "é" }, "", ["malformed", "header"]],
    [["query:t"], {}, "?t=a%20b", ["malformed", "query"]],
    [["query:t"], {}, "?t=a+b", ["malformed", "query"]],
    [["query:t"], {}, "?t", ["malformed", "query"]],
    [["query:t"], {}, "?t=", ["malformed", "query"]],
    [["query:t"], {}, "?t=a%2Bb", [null, "a+b", "query"]],
    [["query:t"], {}, "?t=a&t=a", ["ambiguous", "query"]],
    [["query:t"], {}, "?t=a&%74", ["ambiguous", "query"]],
    [["query:t"], {}, "?t=%zz", ["ambiguous", "query"]],
    [["query:t"], {}, "?t=%ff", ["ambiguous", "query"]],
    [["query:t"], {}, "?T=a", ["none"]],
  ])("reads of %j in %j and %j: %j", (words, headers, query, expected) => {
    expect(read(words, headers, query)).toEqual(expected);
  });

  test("takes two lines of a header for malformed, even if they are equal", () => {
    const twice = (name: string, value: string) => new Headers([1, 2].map(() => [name, value]));
    expect(read(["x-api-key"], twice("X-Api-Key", "a"))).toEqual(["malformed", "header"]);
    expect(read(BOTH, twice("Authorization", basic("u:t")))).toEqual(["malformed", "basic"]);
  });

  test.each([
    [basic("u:t"), "t"],
    [`bAsIc ${btoa(":t")}`, "t"],
    [basic("a b:t"), "t"],
    [basic("ü:t"), "t"],
    [basic("u:t:t"), "t:t"],
    [basic("u:"), null],
    [basic("ut"), null],
    [basic("u:a b"), null],
    [basic("u:ü"), null],
    [basic("u\n:t"), null],
    ["Basic", null],
    ["Basic  dTp0", null],
    ["Basic dTp0 dTp0", null],
    ["Basic dTp0=", null],
    ["Basic dTp0dA", null],
    ["Basic dTp0dB==", null],
    ["Basic dTp0dA==", "tt"],
    ["Basic dTp\t0", null],
    ["Basic dTp-", null],
    ["Basic ====", null],
  ])("RFC 7617 2: reads of %j the password %p", (value, token) => {
    const expected: Read = token === null ? ["malformed", "basic"] : [null, token, "basic"];
    expect(read(["basic"], { Authorization: value })).toEqual(expected);
  });
});

describe("carrierRemover()", () => {
  const ALL = { authorization: "Token a", "x-api-key": "b", accept: "*/*" };
  test.each<[string[], string, string[]]>([
    [["authorization"], "Token a", ["accept", "x-api-key"]],
    [["authorization"], basic("u:t"), ["accept", "x-api-key"]],
    [BOTH, basic("u:t"), ["accept", "x-api-key"]],
    [["basic"], basic("u:t"), ["accept", "x-api-key"]],
    [["basic"], "Bearer for-the-upstream", ["accept", "authorization", "x-api-key"]],
    [["X-Api-Key"], "Token a", ["accept", "authorization"]],
    [["X-Api-Key"], basic("u:t"), ["accept", "authorization"]],
    [["x-api-key", "authorization", "query:t"], "Token a", ["accept"]],
  ])("of %j leaves, with %j, the headers %j", (words, authorization, left) => {
    const { isCarrier } = carrierRemover(carriers(...words));
    const headers = [...new Headers({ ...ALL, authorization })];
    expect(headers.filter(([name, value]) => !isCarrier(name, value)).map(([name]) => name)).toEqual(left);
  });

  test("removes every parameter that is listed, and leaves the rest as it is", () => {
    const { fromTarget } = carrierRemover(carriers("query:t", "authorization", "query:u"));
    expect(fromTarget("/a?x=%7e&t=1&U=2&%75=3")).toBe("/a?x=%7e&U=2");
    expect(fromTarget("/a?t=1")).toBe("/a");
    expect(carrierRemover(carriers("authorization")).fromTarget("/a?t=1")).toBe("/a?t=1");
  });
});
