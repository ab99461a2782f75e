import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { digestToken, tokenFault, tokenName } from "../../src/tokens/token.ts";

test("digestToken() is SHA-256 (FIPS 180-4)", () => {
  expect(digestToken("").toHex()).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  expect(digestToken("abc").toHex()).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

test.each(["token1", "tökén", "🔑", "a".repeat(100_000)])("digestToken() takes %s as UTF-8", (token) => {
  expect(digestToken(token).toHex()).toBe(createHash("sha256").update(token, "utf8").digest("hex"));
});

test("tokenName() is the first 8 digits of the digest", () => {
  expect(tokenName(digestToken("abc"))).toBe("ba7816bf");
});

test.each(["a", "token1", "a.b-c_d~e+f/g==", "!\"#$%&'()*,:;<=>?@[\\]^`{|}", "a".repeat(10_000)])(
  "tokenFault() is null for the one word %s",
  (text) => {
    expect(tokenFault(text)).toBeNull();
  },
);

test("tokenFault() finds every visible ASCII character usable, and no other of the first 256", () => {
  const usable = Array.from({ length: 256 }, (_, code) => code).filter(
    (code) => tokenFault(`a${String.fromCharCode(code)}b`) === null,
  );
  expect(usable).toEqual(Array.from({ length: 94 }, (_, index) => 0x21 + index));
});

test("tokenFault() refuses an empty text", () => {
  expect(tokenFault("")).toBe("an empty string");
});

test.each([" ", "a b", " a", "a ", "a\tb", "a\n", "\ra", "a\u00a0b", "ä b"])(
  "tokenFault() refuses the white space in %j",
  (text) => {
    expect(tokenFault(text)).toBe("a string with white space in it");
  },
);

test.each(["tökén", "🔑", "a\x00", "a\x7f", "\u200ba"])(
  "tokenFault() refuses %j, not visible ASCII",
  (text) => {
    expect(tokenFault(text)).toBe("a string with characters other than visible ASCII");
  },
);
