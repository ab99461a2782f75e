import { afterEach, describe, expect, test } from "bun:test";
import { startServer, type Server } from "../../src/server/server.ts";
import { appRoutes } from "../../src/routes/route-kinds.ts";
import { digestToken } from "../../src/tokens/token.ts";
import type { TokenRecord } from "../../src/tokens/token-record.ts";
import type { TokenStore } from "../../src/tokens/token-store.ts";
import { configOfTokens, listenOn } from "../support/seed-config.ts";

/** The one suite that every store passes; `make` returns a store of these tokens that is not open yet. */
export function tokenStoreContract(
  name: string,
  make: (tokens: readonly string[]) => TokenStore | Promise<TokenStore>,
): void {
  const stores: TokenStore[] = [];
  let server: Server | null = null;
  const made = async (...tokens: string[]) => {
    const store = await make(tokens);
    stores.push(store);
    return store;
  };
  const digestsOf = (records: Iterable<TokenRecord>) => [...records].map(({ digest }) => digest.toHex());

  afterEach(async () => {
    await server?.stop(0);
    server = null;
    await Promise.all(stores.splice(0).map((store) => store.close()));
  });

  describe(name, () => {
    test("open() returns a record for each token, with a digest of its own", async () => {
      const store = await made("token1", "token2", "token3");
      const digests = digestsOf(await store.open());
      expect(digests.toSorted()).toEqual(
        ["token1", "token2", "token3"].map((token) => digestToken(token).toHex()).toSorted(),
      );
    });

    test("open() returns no record if there is no token", async () => {
      const store = await made();
      expect([...(await store.open())]).toEqual([]);
    });

    test("shows no token, nor do its records", async () => {
      const store = await made("token1");
      const records = [...(await store.open())];
      expect(Bun.inspect([store, records], { depth: 10 })).not.toContain("token1");
    });

    test("is connected once it is open, and loaded once its records are read", async () => {
      const store = await made("token1");
      digestsOf(await store.open());
      expect(store.state()).toMatchObject({ kind: "connected", loaded: true });
    });

    test("onChange() reports nothing if nothing changes", async () => {
      const store = await made("token1");
      const changes: TokenRecord[] = [];
      await store.open();
      store.onChange((changed) => changes.push(...changed));
      await store.close();
      expect(changes).toEqual([]);
    });

    test("close() may be called twice, and before open()", async () => {
      const store = await made("token1");
      await store.open();
      await store.close();
      await store.close();
      await (await made("token1")).close();
    });

    test("lets its tokens, and no others, through a server", async () => {
      const store = await made("token1", "token2");
      server = await startServer(configOfTokens([], { listen: listenOn() }), appRoutes, {
        config: () => store,
      });
      const url = `${server.url}/ping`;
      const status = async (token: string) =>
        (await fetch(url, { headers: { Authorization: `Token ${token}` } })).status;
      const asked = ["token1", "token2", "token3", digestToken("token1").toHex(), "token1"];
      expect(await Promise.all(asked.map(status))).toEqual([200, 200, 403, 403, 200]);
    });
  });
}
