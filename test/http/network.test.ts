import { expect, test } from "bun:test";
import { isNetwork, proxyTest } from "../../src/http/network.ts";

test.each(["127.0.0.1", "10.0.0.0/8", "0.0.0.0/0", "::1", "fd00::/8", "::/0", "10.1.2.3/32", "unix"])(
  "isNetwork() takes %j",
  (text) => expect(isNetwork(text)).toBeTrue(),
);

test.each([
  "",
  "localhost",
  "10.0.0",
  "10.0.0.0/33",
  "10.0.0.0/",
  "10.0.0.0/8/8",
  "10.0.0.0/-1",
  "::1/129",
  "fe80::1%eth0",
  "[::1]",
  "10.0.0.0/8 ",
  "/8",
  "Unix",
])("isNetwork() does not take %j", (text) => expect(isNetwork(text)).toBeFalse());

test("proxyTest() knows addresses, networks and Unix sockets that are named, and no others", () => {
  const known = proxyTest(["10.0.0.0/8", "192.0.2.7", "fd00::/8", "unix"]);
  for (const address of ["10.255.0.1", "192.0.2.7", "fd12::1", "::ffff:10.0.0.1", "::ffff:a00:1", null]) {
    expect([address, known(address)]).toEqual([address, true]);
  }
  for (const address of ["11.0.0.1", "192.0.2.8", "fe80::1", "::ffff:11.0.0.1", "", "nonsense"]) {
    expect([address, known(address)]).toEqual([address, false]);
  }
  expect(proxyTest([])(null)).toBeFalse();
  expect(proxyTest([])("127.0.0.1")).toBeFalse();
  expect(() => proxyTest(["nonsense"])).toThrow("nonsense is not a network");
});
