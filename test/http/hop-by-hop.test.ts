import { describe, expect, test } from "bun:test";
import { isEndToEnd, namedByConnection } from "../../src/http/hop-by-hop.ts";

describe("namedByConnection()", () => {
  const isKept = (name: string) => name === "x-kept";

  test.each([
    ["X-Foo", ["x-foo"]],
    ["close, X-Foo,\tx-bar ,, keep-alive", ["close", "x-foo", "x-bar", "keep-alive"]],
    ["x foo, (x), é, x-foo\xa0y, x-bar", ["x-bar"]],
    ["X-Kept, x-kept, x-foo", ["x-foo"]],
    ["Close", ["close"]],
    ["", []],
    [" , ", []],
  ])("returns of %j the names %j", (value, names) => {
    expect([...(namedByConnection(value, isKept) ?? [])]).toEqual(names);
  });

  test.each([null, "keep-alive", "close"])("returns null for %p, which names no field", (value) => {
    expect(namedByConnection(value, isKept)).toBeNull();
  });
});

describe("isEndToEnd()", () => {
  test.each([
    ...["host", "authorization", "cookie", "set-cookie", "content-type", "content-length", "content-x"],
    ...["content-encoding", "content-"],
  ])("takes %s for a part of the message", (name) => expect(isEndToEnd(name)).toBe(true));

  test.each(["content", "x-content-type", "cookie2", "date", "transfer-encoding", "x-auth-user"])(
    "takes %s for one that Connection may name",
    (name) => expect(isEndToEnd(name)).toBe(false),
  );
});
