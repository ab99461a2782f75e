import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { TokenChanges } from "../../src/tokens/stored-token.ts";
import type { TokenAdmin } from "../../src/tokens/token-admin.ts";
import type { TokenRecord } from "../../src/tokens/token-record.ts";
import type { TokenStore } from "../../src/tokens/token-store.ts";
import { storedToken } from "../support/stored-tokens.ts";

/** What makes a store that the commands change, for the suite below. */
export interface ChangingStore {
  /** Makes a store without tokens, which the other two use from then on. */
  readonly reset: () => unknown;
  /** A store for a server, not open yet. */
  readonly make: () => TokenStore;
  readonly open: () => Promise<TokenAdmin>;
}

/** The suite that every store passes that changes while a server runs, besides that of all stores. */
export function changingStoreContract(name: string, { reset, make, open }: ChangingStore): void {
  let admin: TokenAdmin;
  let store: TokenStore;
  let seen: TokenRecord[] = [];
  let heard: (() => void) | null = null;

  /** Opens the store and follows its changes. */
  const follow = async () => {
    const records = [...(await store.open())];
    store.onChange((changed) => {
      seen.push(...changed);
      heard?.();
    });
    return records;
  };
  /** Waits until a number of records were reported. */
  const reported = async (count: number) => {
    while (seen.length < count) await new Promise<void>((resolve) => (heard = resolve));
    return seen;
  };
  const insert = (...tokens: ReturnType<typeof storedToken>[]) =>
    admin.transaction(async (writes) => {
      for (const token of tokens) await writes.insert(token);
    });
  const update = (handle: string, changes: TokenChanges) =>
    admin.transaction((writes) => writes.update(handle, changes));

  describe(name, () => {
    beforeEach(async () => {
      await reset();
      seen = [];
      admin = await open();
      store = make();
    });
    afterEach(async () => {
      await store.close();
      await admin.close();
    });

    test("open() returns the rules of a token", async () => {
      const rules = {
        scopes: ["read", "write"],
        from: ["10.0.0.0/8", "fd00::/8"],
        notBefore: 1_000,
        expires: 2_000,
        disabled: true,
      };
      const full = storedToken("token1", { ...rules, revoked: 3_000, name: "laptop" });
      const plain = storedToken("token2", { user: "bert", name: "phone" });
      await insert(full, plain);
      const { handle, digest } = full;
      expect(await follow()).toEqual([
        { digest, handle, user: { name: "anna" }, rules: { ...rules, revoked: true } },
        { digest: plain.digest, handle: plain.handle, user: { name: "bert" }, rules: null },
      ]);
    });

    test("is away until it is open, and loaded when its records were read", async () => {
      expect(store.state()).toMatchObject({ kind: "away", loaded: false });
      await insert(storedToken("token1"));
      await follow();
      expect(store.state()).toEqual({ kind: "connected", since: expect.any(Number), loaded: true });
    });

    test("onChange() reports each change, in order, and nothing twice", async () => {
      const [first, second] = [storedToken("token1"), storedToken("token2")];
      await insert(first);
      await follow();
      await insert(second);
      await reported(1);
      await update(first.handle, { disabled: true });
      await reported(2);
      await update(second.handle, { revoked: 1_000 });
      const changes = (await reported(3)).map(({ handle, rules }) => [
        handle,
        rules?.disabled,
        rules?.revoked,
      ]);
      expect(changes).toEqual([
        [second.handle, undefined, undefined],
        [first.handle, true, false],
        [second.handle, false, true],
      ]);
    });

    test("onChange() reports what changed between open() and its call", async () => {
      const [first, second] = [storedToken("token1"), storedToken("token2")];
      await insert(first);
      const records = await store.open();
      await insert(second);
      const read = [...records];
      await update(first.handle, { disabled: true });
      store.onChange((changed) => {
        seen.push(...changed);
        heard?.();
      });
      const isOver = () => seen.some(({ rules }) => rules?.disabled === true);
      while (!isOver()) await new Promise<void>((resolve) => (heard = resolve));
      const handles = [...read, ...seen].map(({ handle }) => handle);
      expect(handles).toContain(second.handle);
    });

    test("onChange() reports all writes of a transaction, and none of one that failed", async () => {
      await follow();
      await admin
        .transaction(async (writes) => {
          await writes.insert(storedToken("token1"));
          throw new Error("no");
        })
        .catch(() => {});
      const tokens = Array.from({ length: 50 }, (_, at) => storedToken(`token${at + 2}`));
      await insert(...tokens);
      await reported(tokens.length);
      expect(seen.map(({ handle }) => handle)).toEqual(tokens.map(({ handle }) => handle));
    });

    test("noteUses() keeps the last use, and is no change", async () => {
      const [used, other] = [storedToken("token1"), storedToken("token2")];
      await insert(used, other);
      await follow();
      await store.noteUses?.([
        { digest: used.digest, time: 2_000, address: "10.1.2.3" },
        { digest: storedToken("token3").digest, time: 2_000, address: null },
      ]);
      await store.noteUses?.([{ digest: used.digest, time: 1_000, address: "10.9.9.9" }]);
      expect(await admin.find(used.handle)).toEqual({ ...used, lastUsed: 2_000, lastUsedFrom: "10.1.2.3" });
      expect(await admin.find(other.handle)).toEqual(other);
      await update(other.handle, { disabled: true });
      expect((await reported(1)).map(({ handle }) => handle)).toEqual([other.handle]);
    });

    test("reports nothing once it is closed", async () => {
      await follow();
      await store.close();
      await insert(storedToken("token1"));
      store.refresh?.();
      await store.noteUses?.([{ digest: storedToken("token1").digest, time: 1, address: null }]);
      expect(seen).toEqual([]);
    });
  });
}
