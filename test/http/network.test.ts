import { expect, test } from "bun:test";
import { isNetwork, isSubnet, networksTest, proxyTest } from "../../src/http/network.ts";

test.each(["127.0.0.1", "10.0.0.0/8", "0.0.0.0/0", "::1", "fd00::/8", "::/0", "10.1.2.3/32", "unix"])(
  "isNetwork() takes %j, and isSubnet() does but for unix",
  (text) => expect([isNetwork(text), isSubnet(text)]).toEqual([true, text !== "unix"]),
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
])("isNetwork() and isSubnet() don't take %j", (text) =>
  expect([isNetwork(text), isSubnet(text)]).toEqual([false, false]),
);

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

test("networksTest() tests an address against the list that it is given", () => {
  const isWithin = networksTest();
  const lists = { ten: ["10.0.0.0/8"], both: ["192.0.2.0/24", "2001:db8::/32"], all: ["0.0.0.0/0", "::/0"] };
  const within = (address: string | null) =>
    Object.entries(lists).flatMap(([name, networks]) => (isWithin(address, networks) ? [name] : []));
  // The second time from the tests that it has kept.
  for (let time = 0; time < 2; time += 1) {
    expect(within("10.1.2.3")).toEqual(["ten", "all"]);
    expect(within("::ffff:10.1.2.3")).toEqual(["ten", "all"]);
    expect(within("192.0.2.255")).toEqual(["both", "all"]);
    expect(within("2001:db8:1::")).toEqual(["both", "all"]);
    expect(within("192.0.3.0")).toEqual(["all"]);
  }
  expect(isWithin("10.1.2.3", [])).toBeFalse();
});

test.each([null, "", "unknown", "10.1.2.3:80", "_hidden", "fe80::1%eth0"])(
  "networksTest() finds the address %j in no network, nor in unix",
  (address) => expect(networksTest()(address, ["0.0.0.0/0", "::/0", "unix"])).toBeFalse(),
);

test("networksTest() throws for an invalid network each time", () => {
  const isWithin = networksTest();
  const networks = ["10.0.0.0/8", "nonsense"];
  for (let time = 0; time < 2; time += 1)
    expect(() => isWithin("10.1.2.3", networks)).toThrow("nonsense is not a network");
});
