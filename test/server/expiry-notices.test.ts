import { expect, test } from "bun:test";
import { LIMITS } from "../../src/limits.ts";
import type { Observation } from "../../src/observations/observation.ts";
import { expiryNotices } from "../../src/server/expiry-notices.ts";
import { tokenCounts } from "../../src/server/token-counts.ts";
import { tokenIndex } from "../../src/tokens/token-index.ts";
import { digestToken } from "../../src/tokens/token.ts";
import { IDS } from "../support/send.ts";
import { recordOf } from "../support/test-store.ts";

const DAY = 24 * 3_600_000;
const NOW = 1_795_000_000_000;

function watched() {
  let time = NOW;
  let index = tokenIndex(IDS);
  const seen: Observation[] = [];
  const notices = expiryNotices(
    () => index,
    (one) => void seen.push(one),
    () => time,
  );
  return {
    put: (...records: Parameters<typeof recordOf>[]) => index.apply(records.map((of) => recordOf(...of))),
    /** As a reload does. */
    replace: () => void (index = tokenIndex(IDS)),
    at: (next: number) => void (time = next),
    look() {
      notices.look();
      return seen.splice(0);
    },
  };
}
const notice = (handle: string, expires: number) => ({ kind: "token_expires", handle, expires }) as const;

test("expiryNotices() observes active tokens that expire within 14 days, the soonest first", () => {
  const { put, look } = watched();
  put(
    ["in 14 days", { expires: NOW + 14 * DAY }, "AAAAAAAA"],
    ["in a day", { expires: NOW + DAY }, "BBBBBBBB"],
    ["later", { expires: NOW + 14 * DAY + 1 }, "CCCCCCCC"],
    ["never", {}, "DDDDDDDD"],
    ["expired", { expires: NOW }, "EEEEEEEE"],
    ["revoked", { expires: NOW + 1, revoked: true }, "FFFFFFFF"],
    ["disabled", { expires: NOW + 1, disabled: true }, "GGGGGGGG"],
  );
  expect(look()).toEqual([notice("BBBBBBBB", NOW + DAY), notice("AAAAAAAA", NOW + 14 * DAY)]);
});

test("expiryNotices() repeats a token once a day, and not because of a reload", () => {
  const { put, look, at, replace } = watched();
  const token: Parameters<typeof recordOf> = ["t", { expires: NOW + 15 * DAY }, "AAAAAAAA"];
  put(token);
  expect(look()).toEqual([]);
  at(NOW + DAY);
  expect(look()).toHaveLength(1);
  replace();
  put(token);
  at(NOW + 2 * DAY - 1);
  expect(look()).toEqual([]);
  at(NOW + 2 * DAY);
  expect(look()).toEqual([notice("AAAAAAAA", NOW + 15 * DAY)]);
});

test("expiryNotices() names a token without a handle by the id that the log has", () => {
  const index = tokenIndex(IDS);
  const { handle: _, ...record } = recordOf("token1", { expires: NOW + 1 });
  index.apply([record]);
  const seen: Observation[] = [];
  expiryNotices(
    () => index,
    (one) => void seen.push(one),
    () => NOW,
  ).look();
  expect(seen).toEqual([notice(IDS.handle(digestToken("token1")), NOW + 1)]);
});

test("expiryNotices() counts those beyond the limit", () => {
  const { put, look } = watched();
  const many = LIMITS.tokenNotices + 3;
  for (let at = 0; at < many; at += 1)
    put([`t${at}`, { expires: NOW + 1 + at }, `A${String(at).padStart(7, "0")}`]);
  const seen = look();
  expect(seen).toHaveLength(LIMITS.tokenNotices + 1);
  expect(seen.at(-1)).toEqual({ kind: "tokens_expire", more: 3 });
  expect(look()).toEqual([]);
});

test("tokenCounts() counts again once its counts are old, or the clock was set back", () => {
  const index = tokenIndex(IDS);
  let time = NOW;
  const counts = tokenCounts(index, () => time);
  expect(counts().states.active).toBe(0);
  index.apply([recordOf("token1", { expires: NOW + 1 })]);
  expect(counts().states.active).toBe(0);
  time = NOW - LIMITS.tokenCountAge;
  expect(counts()).toMatchObject({ expiring: 1, states: { active: 1, expired: 0 } });
  time = NOW + 1;
  expect(counts()).toMatchObject({ expiring: 0, states: { active: 0, expired: 1 } });
});
