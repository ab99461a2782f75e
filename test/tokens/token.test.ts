import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mintToken } from "../../src/tokens/minted-token.ts";
import { digestProblem, digestToken, tokenProblem } from "../../src/tokens/token.ts";

test("digestToken() is SHA-256 (FIPS 180-4)", () => {
  expect(digestToken("").toHex()).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  expect(digestToken("abc").toHex()).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

test("digestToken() encodes a token of any length as UTF-8", () => {
  for (const token of ["token1", "tökén", "🔑", "a".repeat(100_000)]) {
    expect(digestToken(token).toHex()).toBe(createHash("sha256").update(token, "utf8").digest("hex"));
  }
});

test("tokenProblem() is null for one word of any length", () => {
  for (const word of ["a", "token1", "a.b-c_d~e+f/g==", "!\"#$%&'()*,:;<=>?@[\\]^`{|}", "a".repeat(10_000)]) {
    expect(tokenProblem(word)).toBeNull();
  }
});

test("tokenProblem() finds every visible ASCII character usable, and no other of the first 256", () => {
  const usable = Array.from({ length: 256 }, (_, code) => code).filter(
    (code) => tokenProblem(`a${String.fromCharCode(code)}b`) === null,
  );
  expect(usable).toEqual(Array.from({ length: 94 }, (_, index) => 0x21 + index));
});

test("tokenProblem() refuses an empty string", () => {
  expect(tokenProblem("")).toBe("is empty");
});

test.each([" ", "a b", " a", "a ", "a\tb", "a\nb", "\ra", "a\u00a0b", "ä b"])(
  "tokenProblem() refuses the white space in %j",
  (text) => {
    expect(tokenProblem(text)).toBe("contains white space");
  },
);

test.each(["tökén", "🔑", "a\x00", "a\x7f", "\u200ba"])(
  "tokenProblem() refuses %j, not visible ASCII",
  (text) => {
    expect(tokenProblem(text)).toBe("contains characters other than visible ASCII");
  },
);

test.each(["a\n", "a\r\n", "a b\n\n", "\n"])(
  "tokenProblem() names the line feed at the end of %j",
  (text) => {
    expect(tokenProblem(text)).toBe("ends with a line feed");
  },
);

test("tokenProblem() refuses a damaged token, and no other that begins alike", () => {
  const token = mintToken();
  expect(tokenProblem(token)).toBeNull();
  for (const text of [
    "ts_",
    token.slice(0, -1),
    `${token}0`,
    token.replace(/.$/, (last) => (last === "a" ? "b" : "a")),
  ])
    expect(tokenProblem(text)).toBe(
      "begins with ts_ but doesn't match its checksum: characters are missing or changed",
    );
  for (const text of ["ts-1", "TS_1", "tss_1"]) expect(tokenProblem(text)).toBeNull();
});

test("digestProblem() accepts 64 hexadecimal digits in either case", () => {
  const digest = digestToken("token1").toHex();
  expect([digest, digest.toUpperCase(), "0".repeat(64)].map(digestProblem)).toEqual([null, null, null]);
});

test.each([
  ["", "is empty"],
  ["0".repeat(63), "has 63 hexadecimal digits"],
  ["0".repeat(65), "has 65 hexadecimal digits"],
  [`${"0".repeat(63)}g`, "contains characters other than hexadecimal digits"],
  [`${"0".repeat(64)}\n`, "contains characters other than hexadecimal digits"],
])("digestProblem() refuses %j", (text, problem) => {
  expect(digestProblem(text)).toBe(problem);
});
