import { describe, expect, test } from "bun:test";
import { digestToken } from "../../src/tokens/token.ts";
import type { TokenStore } from "../../src/tokens/token-store.ts";

/** The one suite that every store passes; `open` gives a store of exactly these tokens. */
export function tokenStoreContract(
  name: string,
  open: (tokens: readonly string[]) => TokenStore | Promise<TokenStore>,
): void {
  describe(name, () => {
    test("find() gives each token a user of its own", async () => {
      const store = await open(["token1", "token2", "token3"]);
      const names = new Set<string>();
      for (const token of ["token1", "token2", "token3"]) {
        const user = await store.find(digestToken(token));
        if (user === null) throw new Error(`${token} has no user`);
        expect(user.name).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
        names.add(user.name);
      }
      expect(names.size).toBe(3);
    });

    test("find() gives the same user for the same digest, asked again and at once", async () => {
      const store = await open(["token1", "token2"]);
      const first = await store.find(digestToken("token1"));
      expect(first).not.toBeNull();
      expect(await store.find(digestToken("token1"))).toEqual(first);
      const both = await Promise.all([store.find(digestToken("token1")), store.find(digestToken("token1"))]);
      expect(both).toEqual([first, first]);
    });

    test("find() is null for the digest of a token there is not, and stays so", async () => {
      const store = await open(["token1"]);
      for (const token of ["token2", "TOKEN1", "token", "token11", ""]) {
        expect(await store.find(digestToken(token))).toBeNull();
        expect(await store.find(digestToken(token))).toBeNull();
      }
      expect(await store.find(digestToken("token1"))).not.toBeNull();
    });

    test("find() is null for a digest that differs in one bit, and for a token that is the digest of another", async () => {
      const store = await open(["token1", digestToken("token2").toHex()]);
      for (const at of [0, 5, 6, 31]) {
        const other = Uint8Array.from(digestToken("token1"), (byte, index) =>
          index === at ? byte ^ 1 : byte,
        );
        expect(await store.find(other)).toBeNull();
      }
      expect(await store.find(digestToken("token2"))).toBeNull();
      expect(await store.find(digestToken("token1"))).not.toBeNull();
    });

    test("find() is null for everything where there is no token", async () => {
      const store = await open([]);
      expect(store.size).toBe(0);
      expect(await store.find(digestToken("token1"))).toBeNull();
      expect(await store.find(digestToken(""))).toBeNull();
    });

    test("size counts each token once, and finding changes it not", async () => {
      const store = await open(["token1", "token2", "token1"]);
      expect(store.size).toBe(2);
      await store.find(digestToken("token1"));
      await store.find(digestToken("token3"));
      expect(store.size).toBe(2);
    });
  });
}
