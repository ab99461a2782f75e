import { describe, expect, test } from "bun:test";
import { identify } from "../../src/http/client.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const who = (
  headers: Record<string, string>,
  peer: string | null,
  trusted = ["10.0.0.0/8", "fd00::/8"],
  isUnix = true,
) => identify(trusted, isUnix)(new Request("http://localhost/", { headers }), peer);

describe("identify()", () => {
  const forwarded: [string, string, string | null, string | null][] = [
    ["an untrusted peer is ignored", "203.0.113.9", "192.0.2.1", "192.0.2.1"],
    ["a trusted proxy is", "203.0.113.9", "10.0.0.1", "203.0.113.9"],
    [
      "the rightmost untrusted address is the client, whatever it sent",
      "1.1.1.1, 203.0.113.9",
      "10.0.0.1",
      "203.0.113.9",
    ],
    [
      "trusted proxies on the way are passed over",
      "203.0.113.9, 10.0.0.3,10.0.0.2",
      "10.0.0.1",
      "203.0.113.9",
    ],
    ["where all are trusted the first is the client", "10.0.0.4, 10.0.0.3", "10.0.0.1", "10.0.0.4"],
    ["IPv6 is an address", "2001:db8::1, fd00::2", "fd00::1", "2001:db8::1"],
    ["an IPv4 proxy on a socket for both families", "203.0.113.9", "::ffff:10.0.0.1", "203.0.113.9"],
    ["what is no address ends the search", "203.0.113.9, unknown, 10.0.0.2", "10.0.0.1", "10.0.0.2"],
    ["a port is no part of an address", "203.0.113.9:80", "10.0.0.1", "203.0.113.9"],
    ["nor are brackets", "[2001:db8::1], [fd00::2]:443", "fd00::1", "2001:db8::1"],
    ["a proxy with a port is passed over", "203.0.113.9, 10.0.0.2:5678", "10.0.0.1", "203.0.113.9"],
    ["a port that is none ends the search", "203.0.113.9:http", "10.0.0.1", "10.0.0.1"],
    ["IPv6 without brackets has no port", "2001:db8::1:443", "fd00::1", "2001:db8::1:443"],
    ["an empty element ends the search", "203.0.113.9, ", "10.0.0.1", "10.0.0.1"],
    ["a zone is no address", "fe80::1%token1", "10.0.0.1", "10.0.0.1"],
    ["a Unix socket is not trusted by itself", "203.0.113.9", null, null],
  ];
  test.each(forwarded)("%s", (_, header, peer, client) => {
    expect(who({ "X-Forwarded-For": header }, peer).address).toBe(client);
  });

  test("a TCP client that is gone is unknown, and no Unix socket", () => {
    const forged = { "X-Forwarded-For": "203.0.113.9", "X-Request-Id": "forged" };
    const { address, requestId } = who(forged, null, ["unix"], false);
    expect(address).toBe("unknown");
    expect(requestId).toMatch(UUID);
  });

  test("a proxy that says nothing is the client", () => {
    expect(who({}, "10.0.0.1").address).toBe("10.0.0.1");
  });

  test("reports the peer, and whether it is trusted", () => {
    expect(who({ "X-Forwarded-For": "203.0.113.9" }, "10.0.0.1")).toMatchObject({
      peer: "10.0.0.1",
      isTrustedPeer: true,
    });
    expect(who({}, "192.0.2.1")).toMatchObject({ peer: "192.0.2.1", isTrustedPeer: false });
    expect(who({}, null, ["unix"])).toMatchObject({ peer: null, isTrustedPeer: true });
  });

  test("a Unix socket is believed where that is trusted", () => {
    expect(who({ "X-Forwarded-For": "203.0.113.9" }, null, ["unix"]).address).toBe("203.0.113.9");
  });

  test("takes a well-formed X-Request-Id from a trusted proxy only", () => {
    const id = "4bf92f3577b34da6/a3ce.929d=0e_0e:47+@36";
    expect(who({ "X-Request-Id": id }, "10.0.0.1").requestId).toBe(id);
    expect(who({ "X-Request-Id": id }, "192.0.2.1").requestId).toMatch(UUID);
  });

  test.each(["", "a b", 'a"b', "a,b", "a".repeat(129), "\u00e9", "<x>"])(
    "mints an id in the place of %j",
    (id) => {
      expect(who({ "X-Request-Id": id }, "10.0.0.1").requestId).toMatch(UUID);
      expect(who({}, "10.0.0.1").requestId).toMatch(UUID);
    },
  );
});
