import { expect, test } from "bun:test";
import { lastUses } from "../../src/server/last-uses.ts";
import { tokenIndex, type IndexedRecord } from "../../src/tokens/token-index.ts";
import { IDS } from "../support/send.ts";
import { recordOf, testStore } from "../support/test-store.ts";

function noting(now = () => 1000) {
  const store = testStore();
  const index = tokenIndex(IDS);
  index.apply([recordOf("token1"), recordOf("token2")]);
  const found = (token: string) => index.find(recordOf(token).digest) as IndexedRecord;
  return { store, found, uses: lastUses(store, { now }) };
}
const bearer = (address: string | null) => ({ client: () => ({ address }) });
const useOf = (token: string, time: number, address: string | null) => ({
  digest: recordOf(token).digest,
  time,
  address,
});

test("lastUses() writes the first use of each token since the last flush", async () => {
  let time = 1000;
  const { store, found, uses } = noting(() => time);
  uses.note(found("token1"), bearer("192.0.2.1"));
  time = 2000;
  uses.note(found("token2"), bearer(null));
  uses.note(found("token1"), { client: () => expect.unreachable() });
  expect(store.uses).toEqual([]);
  await uses.flush();
  expect(store.uses).toEqual([useOf("token1", 1000, "192.0.2.1"), useOf("token2", 2000, null)]);
  await uses.flush();
  expect(store.uses).toHaveLength(2);
  uses.note(found("token1"), bearer("192.0.2.9"));
  await uses.flush();
  expect(store.uses.slice(2)).toEqual([useOf("token1", 2000, "192.0.2.9")]);
});

test("lastUses() keeps what it noted while the store is away", async () => {
  const { store, found, uses } = noting();
  uses.note(found("token1"), bearer("192.0.2.1"));
  store.become({ kind: "away" });
  await uses.flush();
  expect(store.uses).toEqual([]);
  store.become({ kind: "connected" });
  await uses.flush();
  expect(store.uses).toEqual([useOf("token1", 1000, "192.0.2.1")]);
});

test("lastUses() does nothing for a store that keeps no uses", async () => {
  const { found } = noting();
  const uses = lastUses({ state: testStore().state }, { now: () => 1 });
  uses.note(found("token1"), bearer(null));
  await uses.flush();
});
