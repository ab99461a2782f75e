import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { digestToken } from "../../src/tokens/token.ts";
import { tokenIds } from "../../src/tokens/token-ids.ts";

const KEY = Uint8Array.from({ length: 32 }, (_, index) => index);
const TOKEN1 = digestToken("token1");
const TOKEN2 = digestToken("token2");

describe("tokenIds()", () => {
  test("derives both from SHA-256 over the key and the digest", () => {
    const hex = createHash("sha256").update(KEY).update(TOKEN1).digest("hex");
    const ids = tokenIds(KEY);
    expect(ids.handle(TOKEN1)).toBe(hex.slice(0, 8));
    expect(ids.userId(TOKEN1).replaceAll("-", "")).toBe(
      `${hex.slice(0, 12)}8${hex.slice(13, 16)}a${hex.slice(17, 32)}`,
    );
  });

  test("derives an id that begins with the handle, in any order of calls", () => {
    const ids = tokenIds(KEY);
    const [one, two] = [ids.userId(TOKEN1), ids.userId(TOKEN2)];
    expect(one).not.toBe(two);
    expect([ids.handle(TOKEN2), ids.handle(TOKEN1)]).toEqual([two.slice(0, 8), one.slice(0, 8)]);
    expect([ids.userId(TOKEN1), ids.userId(TOKEN2)]).toEqual([one, two]);
  });

  test("RFC 9562 5.8: derives UUIDs of version 8", () => {
    const ids = tokenIds();
    const all = Array.from({ length: 100 }, (_, index) => ids.userId(digestToken(`token${index}`)));
    for (const id of all) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
    expect(new Set(all).size).toBe(100);
  });

  test("shows nothing that a guess can be checked against without the key", () => {
    const [one, other] = [tokenIds(), tokenIds()];
    for (const shown of [one.handle(TOKEN1), one.userId(TOKEN1)]) {
      expect(TOKEN1.toHex()).not.toContain(shown.slice(0, 8));
      expect([other.handle(TOKEN1), other.userId(TOKEN1)]).not.toContain(shown);
    }
  });

  test("does not change a digest, and copies its key", () => {
    const [key, digest] = [KEY.slice(), TOKEN1.slice()];
    const ids = tokenIds(key);
    const id = ids.userId(digest);
    key.fill(0);
    expect(ids.userId(digest)).toBe(id);
    expect(digest.toHex()).toBe(TOKEN1.toHex());
  });

  test.each([0, 31, 33])("throws for a key of %i bytes", (length) => {
    expect(() => tokenIds(new Uint8Array(length))).toThrow("key must have 32 bytes");
  });
});
