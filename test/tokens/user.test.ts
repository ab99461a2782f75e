import { expect, test } from "bun:test";
import { digestToken, tokenName } from "../../src/tokens/token.ts";
import { userOfDigest } from "../../src/tokens/user.ts";

test("userOfDigest() makes the uuid of the first digits, but for version and variant", () => {
  const digest = Uint8Array.fromHex("0123456789abcdef0123456789abcdef".repeat(2));
  expect(userOfDigest(digest)).toEqual({ uuid: "01234567-89ab-8def-a123-456789abcdef" });
});

test("userOfDigest() gives token1 the same uuid in every release", () => {
  const digest = digestToken("token1");
  expect(digest.toHex()).toBe("df3e6b0bb66ceaadca4f84cbc371fd66e04d20fe51fc414da8d1b84d31d178de");
  expect(userOfDigest(digest)).toEqual({ uuid: "df3e6b0b-b66c-8aad-aa4f-84cbc371fd66" });
});

test("RFC 9562 5.8: userOfDigest() makes a uuid of version 8 and of the variant 10", () => {
  for (const digit of "0123456789abcdef") {
    expect(userOfDigest(Uint8Array.fromHex(digit.repeat(64))).uuid).toBe(
      "dddddddd-dddd-8ddd-addd-dddddddddddd".replaceAll("d", digit),
    );
  }
});

test("userOfDigest() starts the uuid with the name of the token", () => {
  const digest = digestToken("token2");
  expect(userOfDigest(digest).uuid).toStartWith(`${tokenName(digest)}-`);
});
