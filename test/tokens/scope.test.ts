import { expect, test } from "bun:test";
import { isScope, missingScope, scopeHint } from "../../src/tokens/scope.ts";

test("isScope() takes the characters of RFC 6749 3.3 and no others", () => {
  const taken = Array.from({ length: 256 }, (_, code) => code).filter((code) =>
    isScope(String.fromCharCode(code)),
  );
  const visible = Array.from({ length: 94 }, (_, index) => 0x21 + index);
  expect(taken).toEqual(visible.filter((code) => code !== 0x22 && code !== 0x5c));
});

test.each(["", "a b", " a", "a\n", 'a"b', "a\\b", "é"])("isScope() does not take %j", (text) => {
  expect(isScope(text)).toBeFalse();
});

test.each(["read", "models:read", "https://example.com/auth", "a".repeat(1000)])(
  "isScope() takes %p",
  (text) => {
    expect(isScope(text)).toBeTrue();
  },
);

test.each<[string[], string[], string | null]>([
  [[], [], null],
  [[], ["read"], null],
  [["read"], ["write", "read"], null],
  [["read", "write"], ["write"], "read"],
  [["read", "write"], ["read"], "write"],
  [["Read"], ["read"], "Read"],
  [["read"], ["reader"], "read"],
  [["read"], [], "read"],
])("missingScope() of %j for a token with %j is %p", (needed, has, missing) => {
  expect(missingScope(needed, has)).toBe(missing);
});

test.each([
  ["read write", 'write several scopes as a list, as in ["read", "write"]'],
  ["read\twrite", 'write several scopes as a list, as in ["read", "write"]'],
  ["read ", null],
  ['a"b', null],
  [7, null],
])("scopeHint() tells a list from one scope with another mistake: %j", (value, hint) => {
  expect(scopeHint(value)).toBe(hint);
});
