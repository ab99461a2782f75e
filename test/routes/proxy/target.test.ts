import { expect, test } from "bun:test";
import { targetOf } from "../../../src/routes/proxy/target.ts";

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
