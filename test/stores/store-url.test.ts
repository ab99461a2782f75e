import { expect, test } from "bun:test";
import { storeUrl, storeUrlProblem } from "../../src/stores/store-url.ts";

test.each([
  ["sqlite:tokens.db", "/etc/app/tokens.db"],
  ["sqlite:../data/tokens.db", "/etc/data/tokens.db"],
  ["sqlite:/var/lib/tokens.db", "/var/lib/tokens.db"],
  ["SQLite:///var/lib/my tokens.db", "/var/lib/my tokens.db"],
])("storeUrl() finds the file of %s", (text, path) => {
  expect(storeUrlProblem(text)).toBeNull();
  expect(storeUrl(text, "/etc/app")).toEqual({
    kind: "sqlite",
    path,
    shown: expect.stringMatching(/^sqlite:/),
  });
});

test.each([
  ["postgres://anna:s3cret@db.example:5433/tokens?sslmode=require", "postgres://db.example:5433/tokens"],
  ["postgresql://db/tokens", "postgres://db/tokens"],
  ["postgres://anna:s3cret@[::1]/tokens?password=s3cret#s3cret", "postgres://[::1]/tokens"],
])("storeUrl() shows nothing secret of %s", (text, shown) => {
  expect(storeUrlProblem(text)).toBeNull();
  expect(storeUrl(text, "/etc/app")).toEqual({ kind: "postgres", url: text, shown });
});

test.each([
  ["", "does not start with sqlite: or postgres://"],
  ["tokens.db", "does not start with sqlite: or postgres://"],
  ["mysql://anna:s3cret@db/tokens", "does not start with sqlite: or postgres://"],
  ["postgres:s3cret", "does not start with sqlite: or postgres://"],
  ["sqlite:", "names no file"],
  ["sqlite:///", "names a folder"],
  ["sqlite://tokens.db", "names a host; write sqlite:FILE"],
  ["sqlite:////tokens.db", "names a host"],
  ["sqlite::memory:", "names no file; tokens in memory"],
  ["sqlite:data/", "names a folder"],
  ["sqlite:tokens.db?mode=ro", "has options or characters"],
  ["sqlite:tokens\0.db", "has options or characters"],
  ["postgres://db", "names no database"],
  ["postgres://db/", "names no database"],
  ["postgres://anna:s3/cret@db:x/tokens", "is no URL; escape special characters"],
])("storeUrlProblem() says what is wrong with %p, and shows none of it", (text, problem) => {
  expect(storeUrlProblem(text)).toStartWith(problem);
  expect(storeUrlProblem(text)).not.toContain("s3");
  expect(() => storeUrl(text, "/etc/app")).toThrow(
    new RangeError(`the URL of a store ${storeUrlProblem(text)}`),
  );
});
