import { describe, expect, test } from "bun:test";
import { crc32 } from "node:zlib";
import {
  isDamaged,
  isHandle,
  looksMinted,
  mintedHandle,
  mintToken,
  randomHandle,
} from "../../src/tokens/minted-token.ts";

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const valueOf = (text: string) =>
  [...text].reduce((value, digit) => value * 62n + BigInt(DIGITS.indexOf(digit)), 0n);

describe("mintToken()", () => {
  test("has the documented form: a handle, 256 bits and their CRC-32, in base62", () => {
    for (let count = 0; count < 1000; count += 1) {
      const token = mintToken();
      expect(token).toMatch(/^ts_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}$/);
      const secret = token.slice(12, 55);
      expect(valueOf(secret) < 2n ** 256n).toBeTrue();
      expect(valueOf(token.slice(55))).toBe(BigInt(crc32(token.slice(0, 55))));
    }
  });

  test("returns a million tokens with a million secrets", () => {
    const secrets = new Set<bigint | number>();
    // 64 bits of each secret are enough: that two are the same by chance has the odds of 1 to 37 million.
    for (let count = 0; count < 1_000_000; count += 1)
      secrets.add(Bun.hash.wyhash(mintToken().slice(12, 55)));
    expect(secrets.size).toBe(1_000_000);
  }, 60_000);

  test("spreads its bits: each of them is set in about half of the secrets", () => {
    const count = 4000;
    const set = new Uint32Array(256);
    for (let at = 0; at < count; at += 1) {
      const secret = valueOf(mintToken().slice(12, 55));
      for (let bit = 0; bit < 256; bit += 1)
        set[bit] = (set[bit] ?? 0) + Number((secret >> BigInt(bit)) & 1n);
    }
    // Seven standard deviations: by chance once in a billion runs.
    const far = [...set].filter((times) => Math.abs(times - count / 2) > 7 * Math.sqrt(count / 4));
    expect(far).toEqual([]);
  });
});

describe("randomHandle()", () => {
  test("returns handles that differ, with every digit at every place", () => {
    const handles = Array.from({ length: 10_000 }, randomHandle);
    expect(handles.filter((handle) => !isHandle(handle))).toEqual([]);
    expect(new Set(handles).size).toBe(10_000);
    for (let place = 0; place < 8; place += 1)
      expect(new Set(handles.map((handle) => handle[place])).size).toBe(62);
  });
});

describe("mintedHandle() and isDamaged()", () => {
  const TOKEN = "ts_Ab3dE6gH_" + "z".repeat(43);
  const SUM = crc32(TOKEN);
  const digits = (value: number): string =>
    (value < 62 ? "" : digits(Math.floor(value / 62))) + DIGITS[value % 62];
  const GOOD = TOKEN + digits(SUM).padStart(6, "0");

  test("find the handle of a token, and nothing damaged in it", () => {
    for (const token of [GOOD, ...Array.from({ length: 1000 }, mintToken)])
      expect([mintedHandle(token), isDamaged(token), looksMinted(token)]).toEqual([
        token.slice(3, 11),
        false,
        true,
      ]);
  });

  test("find every change of one character, and every two that are swapped", () => {
    for (let at = 3; at < GOOD.length; at += 1) {
      for (const digit of DIGITS) {
        if (digit === GOOD[at]) continue;
        const changed = GOOD.slice(0, at) + digit + GOOD.slice(at + 1);
        expect([changed, mintedHandle(changed), isDamaged(changed)]).toEqual([changed, null, true]);
      }
      const [one = "", other = ""] = [GOOD[at], GOOD[at + 1]];
      if (one === other || other === "") continue;
      const swapped = GOOD.slice(0, at) + other + one + GOOD.slice(at + 2);
      expect([swapped, mintedHandle(swapped), isDamaged(swapped)]).toEqual([swapped, null, true]);
    }
  });

  test("find what is missing or added", () => {
    for (let length = 3; length < GOOD.length; length += 1)
      expect(isDamaged(GOOD.slice(0, length))).toBeTrue();
    for (const text of [
      `${GOOD}0`,
      `${GOOD}\n`,
      `${GOOD} `,
      GOOD.replace("_Ab", "__Ab"),
      `ts_${GOOD}`,
      "ts_\u0130",
    ])
      expect([text, mintedHandle(text), isDamaged(text)]).toEqual([text, null, true]);
  });

  test.each(["", "ts", "TS_Ab3dE6gH", "token1", ` ${GOOD}`, "tsx_1", GOOD.slice(1), "a".repeat(61)])(
    "leave %j alone, which does not begin as a minted token",
    (text) => {
      expect([mintedHandle(text), isDamaged(text), looksMinted(text)]).toEqual([null, false, false]);
    },
  );
});

test.each(["", "Ab3dE6g", "Ab3dE6gH1", "Ab3dE6g_", "Ab3dE6gH\n", "Ab3dE6gé"])(
  "isHandle() does not take %j",
  (text) => {
    expect(isHandle(text)).toBeFalse();
  },
);
