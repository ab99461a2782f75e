import { describe, expect, spyOn, test } from "bun:test";
import { LIMITS } from "../../../src/limits.ts";
import { requestHeaders } from "../../../src/routes/proxy/request-headers.ts";
import {
  ALONE,
  combined,
  FACTS,
  fieldsOf,
  OPTIONS,
  pairsOf,
  upstreamHeaders,
} from "../../support/upstream-fields.ts";

describe("requestHeaders()", () => {
  test("returns the Host first, names in Title-Case, and what it sets last, as its options spell it", () => {
    const sent = { "x-b3-traceid": "1", ACCEPT: "a", etag: "2", x_y: "3", "content-length": "4" };
    const setHeaders = { "x-API-key": "5" };
    const userHeaders = { user: "X-user", tokenId: null, scopes: null };
    const fields = fieldsOf(sent, {}, { setHeaders, userHeaders });
    expect(fields[0]).toEqual(["Host", "gate.example"]);
    expect(fields.slice(1, 6).toSorted()).toEqual([
      ["Accept", "a"],
      ["Content-Length", "4"],
      ["Etag", "2"],
      ["X-B3-Traceid", "1"],
      ["X_Y", "3"],
    ]);
    expect(fields.slice(6)).toEqual([
      ["X-Forwarded-For", "192.0.2.1"],
      ["X-Forwarded-Host", "gate.example"],
      ["X-Forwarded-Proto", "http"],
      ["X-Request-Id", "minted"],
      ["X-user", "anna"],
      ["x-API-key", "5"],
    ]);
  });

  test("removes the carriers of the token, by name and value", () => {
    const asked: [string, string][] = [];
    const change = requestHeaders(OPTIONS, (name, value) => {
      asked.push([name, value]);
      return name === "x-key" || value.startsWith("Basic ");
    });
    const given = (...sent: Parameters<typeof change>) => pairsOf(change(...sent));
    const values = (sent: Record<string, string>) => combined(given(new Headers(sent), FACTS));
    expect(values({ "X-Key": "s3cret", Authorization: "Basic eA==", "X-Other": "1" })).toEqual({
      ...ALONE,
      "x-other": "1",
    });
    expect(asked.toSorted()).toEqual([
      ["authorization", "Basic eA=="],
      ["x-key", "s3cret"],
      ["x-other", "1"],
    ]);
    expect(values({ Authorization: "Bearer b" })).toEqual({ ...ALONE, authorization: "Bearer b" });
  });

  test.each(["5", "05", "0005"])("sends the length %j as 5", (length) => {
    expect(upstreamHeaders({ "content-length": length })).toEqual({ ...ALONE, "content-length": "5" });
  });

  test("keeps the bytes of Latin-1 values", () => {
    const all = String.fromCharCode(...Array.from({ length: 0x80 }, (_, index) => 0x80 + index));
    expect(fieldsOf({ "x-all": `a${all}b` })[1]).toEqual(["X-All", `a${all}b`]);
  });

  test("caches the spelling of a bounded number of names, and spells and removes the others too", () => {
    const change = requestHeaders(OPTIONS, () => false);
    const given = (...sent: Parameters<typeof change>) => pairsOf(change(...sent));
    const names = Array.from({ length: LIMITS.headerNames + 50 }, (_, index) => `x-many-${index}`);
    const remember = spyOn(Map.prototype, "set");
    try {
      for (const name of names)
        expect(given(new Headers({ [name]: "1" }), FACTS)[1]).toEqual([`X-Many-${name.slice(7)}`, "1"]);
      const remembered = remember.mock.calls.filter(([name]) => String(name).startsWith("x-many-"));
      expect(remembered).toHaveLength(LIMITS.headerNames);
    } finally {
      remember.mockRestore();
    }
    const late = { "x-late": "1", x_auth_user: "evil", te: "trailers", "x-many-0": "2", "x-many-1049": "3" };
    expect(combined(given(new Headers(late), FACTS))).toEqual({
      ...ALONE,
      "x-late": "1",
      "x-many-0": "2",
      "x-many-1049": "3",
    });
  });

  test("applies the trust and the Connection field of each request to that request only", () => {
    const change = requestHeaders(OPTIONS, () => false);
    const given = (...sent: Parameters<typeof change>) => pairsOf(change(...sent));
    const sent = new Headers({ "x-forwarded-port": "1", "x-real-ip": "2", "x-hop": "3" });
    const naming = new Headers([...sent, ["connection", "x-hop"]]);
    const trusted = { ...FACTS, isTrustedPeer: true };
    const reported = { "x-forwarded-port": "1", "x-real-ip": "2" };
    for (let round = 0; round < 2; round += 1) {
      expect(combined(given(sent, trusted))).toEqual({ ...ALONE, ...reported, "x-hop": "3" });
      expect(combined(given(sent, FACTS))).toEqual({ ...ALONE, "x-hop": "3" });
      expect(combined(given(naming, trusted))).toEqual({ ...ALONE, ...reported });
    }
  });
});
