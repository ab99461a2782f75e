import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { StoreError } from "../../src/tokens/store-error.ts";
import type { TokenAdmin } from "../../src/tokens/token-admin.ts";
import { storedToken, tokenEvent } from "../support/stored-tokens.ts";

/** What a token can have besides its name, each with a value of its own. */
const EVERY_PROPERTY = {
  scopes: ["read", "write:all"],
  from: ["10.0.0.0/8", "fd00::/8"],
  notBefore: 1_795_000_000_001,
  expires: 1_795_000_000_002,
  disabled: true,
  revoked: 1_795_000_000_003,
  rotatedFrom: "oldToken",
  lastUsed: 1_795_000_000_004,
  lastUsedFrom: "10.1.2.3",
};

/** The one suite that the admin of every store passes. `open` opens the same, empty store each time within a test. */
export function tokenAdminContract(
  name: string,
  { open, reset }: { readonly open: () => Promise<TokenAdmin>; readonly reset: () => unknown },
): void {
  const opened: TokenAdmin[] = [];
  let admin: TokenAdmin;
  const another = async () => {
    const made = await open();
    opened.push(made);
    return made;
  };

  describe(name, () => {
    beforeEach(async () => {
      await reset();
      admin = await another();
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((each) => each.close()));
    });

    test("keeps every property of a token", async () => {
      const full = storedToken("token1", {
        name: "Anna's laptop, süß",
        ...EVERY_PROPERTY,
      });
      const plain = storedToken("token2", { created: 1_795_000_000_010 });
      await admin.transaction(async (writes) => {
        await writes.insert(full);
        await writes.insert(plain);
      });
      expect(await admin.find(full.handle)).toEqual(full);
      expect(await admin.find(plain.handle)).toEqual(plain);
      expect(await admin.findDigest(full.digest)).toEqual(full);
      expect(await (await another()).list()).toEqual([full, plain]);
    });

    test("find() and findDigest() resolve to null for an unknown token", async () => {
      await admin.transaction((writes) => writes.insert(storedToken("token1", { handle: "abcdefgh" })));
      expect(await admin.find("ABCDEFGH")).toBeNull();
      expect(await admin.findDigest(storedToken("token2").digest)).toBeNull();
    });

    test("list() resolves to the tokens in the order of their creation", async () => {
      await admin.transaction(async (writes) => {
        for (const created of [3_000, 1_000, 2_000]) {
          await writes.insert(storedToken(`token${created}`, { created }));
        }
      });
      expect((await admin.list()).map(({ created }) => created)).toEqual([1_000, 2_000, 3_000]);
    });

    test("update() changes the given properties only", async () => {
      const before = storedToken("token1", { scopes: ["read"], name: "laptop", expires: 2_000 });
      await admin.transaction((writes) => writes.insert(before));
      await admin.transaction(async (writes) => {
        await writes.update(before.handle, {
          name: null,
          from: ["10.0.0.0/8"],
          expires: null,
          disabled: true,
        });
        await writes.update(before.handle, {});
      });
      const after = { ...before, name: null, from: ["10.0.0.0/8"], expires: null, disabled: true };
      expect(await admin.find(before.handle)).toEqual(after);
      await admin.transaction((writes) => writes.update(before.handle, { scopes: [], user: "bert" }));
      expect(await admin.find(before.handle)).toEqual({ ...after, scopes: [], user: "bert" });
    });

    test("update() of an unknown handle is a StoreError", async () => {
      const update = admin.transaction((writes) => writes.update("abcdefgh", { disabled: true }));
      expect(await errorOf(update)).toBeInstanceOf(StoreError);
    });

    test("update() never revives a revoked token", async () => {
      const token = storedToken("token1", { revoked: 1_000 });
      await admin.transaction((writes) => writes.insert(token));
      const update = admin.transaction((writes) => writes.update(token.handle, { revoked: null }));
      expect(await errorOf(update)).toBeInstanceOf(StoreError);
      expect(await admin.find(token.handle)).toEqual(token);
    });

    test.each([
      ["handle", storedToken("token2", { handle: "abcdefgh" })],
      ["digest", storedToken("token1", { handle: "ABCDEFGH" })],
    ])("insert() of a known %s is a StoreError, and nothing of its transaction stays", async (_, second) => {
      const first = storedToken("token1", { handle: "abcdefgh" });
      await admin.transaction((writes) => writes.insert(first));
      const insert = admin.transaction(async (writes) => {
        await writes.insert(storedToken("token3"));
        await writes.log(tokenEvent(first.handle));
        await writes.insert(second);
      });
      const error = await errorOf(insert);
      expect(error).toBeInstanceOf(StoreError);
      expect((error as Error).message).toContain("already there");
      expect(await admin.list()).toEqual([first]);
      expect(await admin.events(first.handle)).toEqual([]);
    });

    test("transaction() passes on what its work throws, and keeps nothing of it", async () => {
      const fault = new Error("no");
      const failed = admin.transaction(async (writes) => {
        await writes.insert(storedToken("token1"));
        throw fault;
      });
      expect(await errorOf(failed)).toBe(fault);
      expect(await admin.list()).toEqual([]);
      await admin.transaction((writes) => writes.insert(storedToken("token2")));
      expect(await admin.list()).toHaveLength(1);
    });

    test("transaction() shows its writes to itself at once, and to others when it is over", async () => {
      const token = storedToken("token1");
      const other = await another();
      const found = await admin.transaction(async (writes) => {
        await writes.insert(token);
        expect(await other.list()).toEqual([]);
        expect(await admin.list()).toEqual([]);
        return [await writes.find(token.handle), await writes.findDigest(token.digest)];
      });
      expect(found).toEqual([token, token]);
      expect(await other.list()).toEqual([token]);
    });

    test("transaction() never overlaps with another one of the store", async () => {
      const token = storedToken("token1", { expires: 0 });
      await admin.transaction((writes) => writes.insert(token));
      const admins = [admin, admin, await another(), await another()];
      const add = (each: TokenAdmin) =>
        each.transaction(async (writes) => {
          const { expires } = (await writes.find(token.handle)) ?? token;
          await new Promise(setImmediate);
          await writes.update(token.handle, { expires: (expires ?? 0) + 1 });
        });
      await Promise.all([...admins, ...admins, ...admins].map(add));
      expect((await admin.find(token.handle))?.expires).toBe(12);
    });

    test("insert() takes many tokens at once", async () => {
      const tokens = Array.from({ length: 500 }, (_, at) => storedToken(`token${at}`, { created: at }));
      await admin.transaction(async (writes) => {
        await Promise.all(tokens.map((token) => writes.insert(token)));
      });
      expect(await admin.list()).toEqual(tokens);
    });

    test("taken() says whether the digest or the handle of a token is taken", async () => {
      const known = storedToken("token1", { handle: "abcdefgh" });
      await admin.transaction((writes) => writes.insert(known));
      const taken = await admin.transaction((writes) =>
        writes.taken([
          storedToken("token2"),
          storedToken("token3", { handle: "abcdefgh" }),
          known,
          storedToken("token1"),
          storedToken("token4", { handle: "ABCDEFGH" }),
        ]),
      );
      expect(taken).toEqual([null, "handle", "digest", "digest", null]);
      expect(await admin.transaction((writes) => writes.taken([]))).toEqual([]);
    });

    test("insertAll() keeps every property of its tokens, and an event for each", async () => {
      const full = storedToken("token1", {
        name: 'Anna\'s "laptop" \\ süß 😀',
        ...EVERY_PROPERTY,
      });
      const tokens = [
        full,
        ...Array.from({ length: 999 }, (_, at) =>
          storedToken(`plain${at}`, { created: 1_796_000_000_000 + at }),
        ),
      ];
      const { handle: _handle, ...event } = tokenEvent("", { action: "imported", detail: 'for "anna"' });
      await admin.transaction((writes) => writes.insertAll(tokens, event));
      await admin.transaction((writes) => writes.insertAll([], event));
      expect(await admin.list()).toEqual(tokens);
      for (const handle of [full.handle, tokens.at(-1)?.handle ?? ""])
        expect(await admin.events(handle)).toEqual([{ ...event, handle }]);
    });

    test("insertAll() of a known token is a StoreError, and nothing of its transaction stays", async () => {
      const known = storedToken("token1");
      await admin.transaction((writes) => writes.insert(known));
      const event = tokenEvent("");
      const insert = admin.transaction((writes) => writes.insertAll([storedToken("token2"), known], event));
      expect(await errorOf(insert)).toBeInstanceOf(StoreError);
      expect([await admin.list(), await admin.events(known.handle)]).toEqual([[known], []]);
    });

    test("events() resolves to what was logged of a token, oldest first", async () => {
      const events = [
        tokenEvent("abcdefgh"),
        tokenEvent("abcdefgh", { action: "edited", detail: "expires: never", time: 1_795_000_000_000 }),
        tokenEvent("abcdefgh", {
          action: "revoked",
          detail: "",
          by: "anna",
          host: "host2",
          time: 1_795_000_000_001,
        }),
      ];
      await admin.transaction(async (writes) => {
        for (const event of events) {
          await writes.log(event);
          await writes.log({ ...event, handle: "ABCDEFGH" });
        }
      });
      expect(await admin.events("abcdefgh")).toEqual(events);
      expect(await admin.events("12345678")).toEqual([]);
    });
  });
}

/** What a promise is rejected with. */
async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.unreachable("it was fulfilled"),
    (error) => error,
  );
}
