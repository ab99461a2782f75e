import { describe, expect, test } from "bun:test";
import { digestList } from "../../../src/commands/token/digest-list.ts";
import { digestToken } from "../../../src/tokens/token.ts";

describe("digestList()", () => {
  test("finds each of many digests at its place, and no other", () => {
    const list = digestList();
    const digests = Array.from({ length: 5_000 }, (_, at) => digestToken(`token-${at}`));
    for (const digest of digests) list.add(digest);
    expect(list.size).toBe(5_000);
    expect(digests.every((digest, at) => list.placeOf(digest) === at)).toBe(true);
    expect(digests.every((digest, at) => Buffer.compare(list.at(at), digest) === 0)).toBe(true);
    expect(list.placeOf(digestToken("token-5000"))).toBe(-1);
  });

  test("tells digests apart that begin or end alike", () => {
    const list = digestList();
    const one = new Uint8Array(32).fill(7);
    const other = one.with(31, 8);
    list.add(one);
    expect([list.placeOf(one), list.placeOf(other), list.placeOf(one.with(0, 8))]).toEqual([0, -1, -1]);
    list.add(other);
    expect([list.placeOf(one), list.placeOf(other)]).toEqual([0, 1]);
  });
});
