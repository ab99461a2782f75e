import { describe, expect, test } from "bun:test";
import { nameProblem, USER_NAME } from "../../src/tokens/user.ts";
import { tokenIds } from "../../src/tokens/token-ids.ts";
import { digestToken } from "../../src/tokens/token.ts";

describe("nameProblem()", () => {
  test.each(["a", "7", "anna", "Anna.B_c-d@example.com", "others", "Other", "a".repeat(64)])(
    "is null for the name %s",
    (name) => {
      expect(nameProblem(name)).toBeNull();
    },
  );

  const wrong: [string, string][] = [
    ["", "is empty"],
    ["other", 'is "other", which the metrics use for users above their limit'],
    ["a".repeat(65), "has more than 64 characters"],
    ["DF3E6B0B-b66c-8aad-aa4f-84cbc371fd66", "has the form of an id, a UUID"],
    [tokenIds().userId(digestToken("token1")), "has the form of an id, a UUID"],
    ...["a b", " a", "a\n", "-a", ".a", "@a", "_a", "ä", "a/b", "a=", 'a"', "a\\", "a,b", "a:b"].map(
      (name): [string, string] => [
        name,
        "contains other characters, or doesn't start with a letter or digit",
      ],
    ),
  ];
  test.each(wrong)("refuses %j", (name, problem) => {
    expect(nameProblem(name)).toBe(problem);
  });

  test("accepts exactly what the pattern of the schema accepts", () => {
    for (let code = 0; code < 0x180; code += 1) {
      for (const name of [`a${String.fromCharCode(code)}`, String.fromCharCode(code)]) {
        expect([name, nameProblem(name) === null]).toEqual([name, USER_NAME.test(name)]);
      }
    }
  });
});
