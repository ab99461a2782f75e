import { expect, test } from "bun:test";
import { tokenIndex } from "../../src/tokens/token-index.ts";
import { digestToken } from "../../src/tokens/token.ts";
import { userLoader } from "../../src/tokens/user-loader.ts";
import { IDS } from "../support/send.ts";

const anna = { name: "anna" };
const index = tokenIndex(IDS);
index.apply([{ digest: digestToken("token1"), user: anna }]);

test("userLoader() returns the user of a record, at once", () => {
  expect(userLoader(index)(digestToken("token1"))).toEqual({
    name: "anna",
    tokenId: IDS.handle(digestToken("token1")),
  });
});

test("userLoader() refuses a digest without a record as unknown", () => {
  expect(userLoader(index)(digestToken("token2"))).toBe("unknown");
});

test("userLoader() passes on the error of an index", () => {
  const broken = {
    find() {
      throw new Error("out of order");
    },
  };
  expect(() => userLoader(broken)(digestToken("token1"))).toThrow("out of order");
});
