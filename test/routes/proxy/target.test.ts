import { expect, test } from "bun:test";
import { queryOf, targetOf } from "../../../src/routes/proxy/target.ts";

test.each([
  ["", 0, "/a/b", "", "/a/b"],
  ["", 0, "/", "?x", "/?x"],
  ["/base", 0, "/a", "?x=/y", "/base/a?x=/y"],
  ["", 1, "/api/x/y", "", "/x/y"],
  ["", 1, "/api/", "", "/"],
  ["", 1, "/api", "?x", "/?x"],
  ["", 1, "/%61pi/x%2fy", "", "/x%2fy"],
  ["", 2, "/api/v1/x", "", "/x"],
  ["", 2, "/api/v1", "", "/"],
  ["/base", 1, "/api", "", "/base/"],
  ["/base", 1, "/api/x", "?", "/base/x?"],
])(
  "targetOf() with %j before it, without %i segments, makes of %s%s %s",
  (prefix, stripped, path, query, target) => {
    expect(targetOf({ prefix, stripped }, path, query)).toBe(target);
  },
);

test.each([
  ["http://h/a", ""],
  ["http://h/a?", "?"],
  ["http://h/a??x", "??x"],
  ["http://h/a?x=%2f;/../", "?x=%2f;/../"],
  ["http://h/a?x#y?z", "?x"],
  ["http://h/a#y?z", ""],
  ["/a?x", "?x"],
])("queryOf() of %s is %j", (url, query) => {
  expect(queryOf(url)).toBe(query);
});
