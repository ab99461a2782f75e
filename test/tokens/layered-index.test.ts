import { expect, test } from "bun:test";
import { layeredIndex } from "../../src/tokens/layered-index.ts";
import { tokenIndex } from "../../src/tokens/token-index.ts";
import { digestToken } from "../../src/tokens/token.ts";
import { IDS } from "../support/send.ts";
import { recordOf } from "../support/test-store.ts";

test("layeredIndex() finds the tokens of both, and prefers those of the first", () => {
  const [first, second] = [tokenIndex(IDS), tokenIndex(IDS)];
  const both = layeredIndex(first, second);
  first.apply([recordOf("token1", {}, "AAAAAAAA"), recordOf("token2", {}, "BBBBBBBB")]);
  second.apply([recordOf("token2", {}, "CCCCCCCC"), recordOf("token3", {}, "DDDDDDDD")]);
  const handleOf = (token: string) => both.find(digestToken(token))?.user.tokenId ?? null;
  expect(["token1", "token2", "token3", "token4"].map(handleOf)).toEqual([
    "AAAAAAAA",
    "BBBBBBBB",
    "DDDDDDDD",
    null,
  ]);
  expect(both.size).toBe(4);
  const visited: string[] = [];
  both.visit((_, handle) => visited.push(handle()));
  expect(visited).toEqual(["AAAAAAAA", "BBBBBBBB", "CCCCCCCC", "DDDDDDDD"]);
});
