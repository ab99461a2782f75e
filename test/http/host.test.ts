import { expect, test } from "bun:test";
import { hostName } from "../../src/http/host.ts";

test.each([
  ["localhost", "localhost"],
  ["LOCALHOST:8000", "localhost"],
  ["gate.example.com", "gate.example.com"],
  ["my_gate-1.internal:80", "my_gate-1.internal"],
  ["gate.example.com.:443", "gate.example.com."],
  ["127.0.0.1:8000", "127.0.0.1"],
  ["[::1]", "[::1]"],
  ["[::1]:8000", "[::1]"],
  ["[::ffff:10.0.0.1]:1", "[::ffff:10.0.0.1]"],
  ["a:", "a"],
  ["a:0", "a"],
  ["a:65535", "a"],
  ["xn--bcher-kva.example", "xn--bcher-kva.example"],
])("hostName() of %j is %j", (value, name) => {
  expect(hostName(value)).toBe(name);
});

test.each([
  ...["", " ", "a b", "a\tb", "a, a", "a,a", "a, b", "u@a", "u:p@a", "a/b", "a\\b", "a?b", "a#b", "*", "a*"],
  ...[
    "a:65536",
    "a:99999",
    "a:123456",
    "a:8x",
    "a:-1",
    "a:+1",
    "a:0x1",
    "a:1:2",
    ":80",
    ":",
    "a: 80",
    "a :80",
  ],
  ...["[::1", "::1", "[]", "[g::1]", "[::1]x", "[::1]:", "[v1.a]", "[fe80::1%25eth0]", "256.1.1.1", "xn--a"],
  ...[
    "a%20b",
    "a%41",
    "a;b",
    "a'b",
    'a"b',
    "a|b",
    "a<b",
    "a{b}",
    "a^b",
    "a`b",
    "a=b",
    "a&b",
    "a\x7f",
    "ä",
    "http://a",
  ],
])("hostName() takes %j for no host", (value) => {
  // RFC 3986 3.2.3 lets the port be empty.
  expect(hostName(value)).toBe(value === "[::1]:" ? "[::1]" : null);
});
