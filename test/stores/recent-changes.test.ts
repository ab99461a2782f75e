import { expect, test } from "bun:test";
import { recentChanges } from "../../src/stores/recent-changes.ts";
import { digestToken } from "../../src/tokens/token.ts";

const change = (seq: number) => ({ seq, digest: digestToken(`token${seq}`) });
const digests = (...seqs: number[]) => seqs.map((seq) => change(seq).digest);

test("recentChanges() keeps the last changes, and knows how far back they reach", () => {
  const recent = recentChanges(3);
  recent.add([change(1), change(2)]);
  expect(recent.digests()).toEqual(digests(1, 2));
  expect(recent.reachBackTo(0)).toBe(true);
  recent.add([change(4), change(5)]);
  expect(recent.digests()).toEqual(digests(2, 4, 5));
  expect([0, 1].map(recent.reachBackTo)).toEqual([false, true]);
  recent.add([change(6), change(7), change(8), change(9)]);
  expect(recent.digests()).toEqual(digests(7, 8, 9));
  expect([5, 6].map(recent.reachBackTo)).toEqual([false, true]);
});

test("recentChanges() is empty once cleared", () => {
  const recent = recentChanges(1);
  recent.add([change(1), change(2)]);
  recent.clear();
  expect(recent.digests()).toEqual([]);
  expect(recent.reachBackTo(0)).toBe(true);
});
