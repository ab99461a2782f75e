import { expect, test } from "bun:test";
import { tokenIndex } from "../../src/tokens/token-index.ts";
import { digestToken } from "../../src/tokens/token.ts";
import { userLoader } from "../../src/tokens/user-loader.ts";
import { loadingOf } from "../support/loading.ts";
import { IDS } from "../support/send.ts";

const BEARER = { client: () => ({ address: "192.0.2.1" }) };
const anna = { name: "anna" };
const index = tokenIndex(IDS);
index.apply([{ digest: digestToken("token1"), user: anna }]);

test("userLoader() returns the user of a record, at once", () => {
  expect(userLoader(index, loadingOf())(digestToken("token1"), BEARER)).toEqual({
    name: "anna",
    tokenId: IDS.handle(digestToken("token1")),
    scopes: [],
  });
});

test("userLoader() refuses a digest without a record as unknown", () => {
  expect(userLoader(index, loadingOf())(digestToken("token2"), BEARER)).toBe("unknown");
});

test("userLoader() passes on the error of an index", () => {
  const broken = {
    find() {
      throw new Error("out of order");
    },
  };
  expect(() => userLoader(broken, loadingOf())(digestToken("token1"), BEARER)).toThrow("out of order");
});
